// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static java.util.Arrays.asList;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays, collections, maps and values of OpenTelemetry in a record. */
class StructuredValuesTest extends RecordFixture {

    private enum Colour {
        RED
    }

    static Stream<Arguments> values() {
        Map<Object, Object> keys = new LinkedHashMap<>();
        keys.put(1, "one");
        keys.put(null, null);
        keys.put(Colour.RED, asList(1, null));
        Map<String, Object> expectedKeys = new LinkedHashMap<>();
        expectedKeys.put("1", "one");
        expectedKeys.put("null", null);
        expectedKeys.put("RED", asList(1L, null));
        return Stream.of(
                Arguments.of(new int[] {1, -2}, List.of(1L, -2L)),
                Arguments.of(new long[] {Long.MIN_VALUE, Long.MAX_VALUE}, List.of(Long.MIN_VALUE, Long.MAX_VALUE)),
                Arguments.of(new short[] {3}, List.of(3L)),
                Arguments.of(new double[] {1.5, Double.NaN}, List.of(1.5, Double.NaN)),
                Arguments.of(new float[] {0.5f}, List.of(0.5)),
                Arguments.of(new boolean[] {true, false}, List.of(true, false)),
                Arguments.of(new char[] {'a', 'é'}, List.of("a", "é")),
                Arguments.of(new int[0], List.of()),
                Arguments.of(new String[] {"AUDIT", "SECURITY"}, List.of("AUDIT", "SECURITY")),
                Arguments.of(new Object[] {"a", 1, null, 2.5, true}, asList("a", 1L, null, 2.5, true)),
                Arguments.of(new int[][] {{1}, {2, 3}}, List.of(List.of(1L), List.of(2L, 3L))),
                Arguments.of(List.of("a", "b"), List.of("a", "b")),
                Arguments.of(asList("a", null, "b"), asList("a", null, "b")),
                Arguments.of(new LinkedHashSet<>(List.of(2, 1)), List.of(2L, 1L)),
                Arguments.of(List.of(), List.of()),
                Arguments.of(List.of(Colour.RED, new BigDecimal("1.10")), List.of("RED", "1.10")),
                Arguments.of(
                        new TreeMap<>(Map.of("id", 5, "tags", new String[] {"x"})),
                        Map.of("id", 5L, "tags", List.of("x"))),
                Arguments.of(keys, expectedKeys),
                Arguments.of(Map.of(), Map.of()),
                Arguments.of(Value.of("text"), "text"),
                Arguments.of(Value.of(7L), 7L),
                Arguments.of(Value.of(List.of(Value.of(true))), List.of(true)),
                Arguments.of(List.of(Value.of(Map.of("k", Value.of(1.5)))), List.of(Map.of("k", 1.5))),
                Arguments.of(Path.of("a", "b"), Path.of("a", "b").toString()));
    }

    @ParameterizedTest
    @MethodSource("values")
    void value_isWhatItIs(Object value, Object expected) {
        Received.Line line = received(record -> record.attribute("k", value));

        assertThat(attributes(line)).containsEntry("k", expected);
        assertThat(line.record().getDroppedAttributesCount()).isZero();
    }

    @Test
    void bytes_areBytes() {
        byte[] bytes = {0, 1, -1};

        Map<String, Object> attributes = attributes(received(record -> {
            record.attribute("array", bytes);
            record.attribute("value", Value.of(bytes));
        }));

        assertThat((byte[]) attributes.get("array")).containsExactly(bytes);
        assertThat((byte[]) attributes.get("value")).containsExactly(bytes);
    }

    @Test
    void nullInArraysOfTheApi_staysInItsPlace() {
        Map<String, Object> attributes = attributes(received(record -> {
            record.attribute(AttributeKey.stringArrayKey("texts"), asList("a", null, "c"));
            record.attribute(AttributeKey.longArrayKey("numbers"), asList(null, 2L));
            record.attribute(AttributeKey.booleanArrayKey("flags"), asList(true, null));
            record.attribute(AttributeKey.doubleArrayKey("ratios"), asList(null, null));
        }));

        assertThat(attributes)
                .containsEntry("texts", asList("a", null, "c"))
                .containsEntry("numbers", asList(null, 2L))
                .containsEntry("flags", asList(true, null))
                .containsEntry("ratios", asList(null, null));
    }

    @Test
    void keyTwiceInAMapOfTheApi_isThereOnce_theLastWins() {
        Value<?> twice = Value.of(KeyValue.of("k", Value.of(1)), KeyValue.of("k", Value.of(2)));

        Received.Line line = received(record -> {
            record.body(twice);
            record.attribute("a", twice);
        });

        assertThat(plain(line.record().getBody())).isEqualTo(Map.of("k", 2L));
        assertThat(attributes(line)).containsEntry("a", Map.of("k", 2L));
    }

    @Test
    void whatContainsItself_isNotEnteredAgain() {
        List<Object> list = new ArrayList<>(List.of(1));
        list.add(list);
        Map<String, Object> map = new HashMap<>();
        map.put("self", map);
        Object[] array = new Object[1];
        array[0] = Collections.singletonList(array);

        Map<String, Object> attributes = attributes(received(record -> {
            record.attribute("list", list);
            record.attribute("map", map);
            record.attribute("array", array);
        }));

        assertThat(attributes)
                .containsEntry("list", List.of(1L, "[CIRCULAR REFERENCE]"))
                .containsEntry("map", Map.of("self", "[CIRCULAR REFERENCE]"))
                .containsEntry("array", List.of(List.of("[CIRCULAR REFERENCE]")));
    }

    /** Each level doubles what would have to be written. */
    @Test
    void whatIsSharedAtEachLevel_endsWithTheRoom() {
        List<Object> shared = List.of("x");
        for (int i = 0; i < 30; i++) {
            shared = List.of(shared, shared);
        }
        List<Object> value = shared;

        Received.Line line = received(record -> record.attribute("k", value));

        assertThat(line.record().getAttributes(0).getSerializedSize()).isLessThan(5_000);
        assertThat(line.record().getDroppedAttributesCount()).isEqualTo(1);
    }

    @Test
    void moreElementsThanHaveRoom_areLeftOut_andCounted() {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (int i = 0; i < 100_000; i++) {
            map.put("key" + i, i);
        }

        Received.Line line = received(record -> {
            record.attribute("list", Collections.nCopies(100_000, "element"));
            record.attribute("map", map);
            record.attribute("long texts", List.of("x".repeat(100_000), "y"));
            record.attribute("many", new byte[100_000]);
        });

        assertThat(line.record().getDroppedAttributesCount()).isEqualTo(4);
        Map<String, Object> attributes = attributes(line);
        assertThat((List<?>) attributes.get("list")).hasSizeBetween(300, 500);
        assertThat((Map<?, ?>) attributes.get("map")).hasSizeBetween(200, 500);
        assertThat((byte[]) attributes.get("many")).hasSizeBetween(4_000, 4_096);
        assertThat(line.record().getSerializedSize()).isLessThan(17_000);
    }

    @Test
    void elementsThatThrow_areTextsOfWhatTheyThrow() {
        Object bad = new Object() {
            @Override
            public String toString() {
                throw new IllegalStateException("no");
            }
        };

        Received.Line line = received(record -> {
            record.attribute("list", List.of(1, bad));
            record.attribute("iterator", new java.util.AbstractList<Object>() {
                @Override
                public Object get(int index) {
                    throw new IllegalStateException("no");
                }

                @Override
                public int size() {
                    return 3;
                }
            });
        });

        assertThat(attributes(line))
                .containsEntry("list", List.of(1L, "java.lang.IllegalStateException: no"))
                .containsEntry("iterator", "java.lang.IllegalStateException");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 33, 100, 2_000, 20_000})
    void whatIsNestedDeep_isReadable_andCutAtItsDepth(int depth) {
        Value<?> lists = Value.of("end");
        Value<?> maps = Value.of("end");
        Object plain = "end";
        for (int i = 0; i < depth; i++) {
            lists = Value.of(List.of(lists));
            maps = Value.of(Map.of("k", maps));
            plain = new Object[] {plain};
        }
        Value<?> deepLists = lists;
        Value<?> deepMaps = maps;
        Object deep = plain;

        Received.Line line = received(record -> {
            record.body(deepMaps);
            record.attribute("lists", deepLists);
            record.attribute("maps", deepMaps);
            record.attribute("plain", deep);
        });

        assertThat(depth(plain(line.record().getBody()))).isEqualTo(Math.min(depth, 32));
        Map<String, Object> attributes = attributes(line);
        assertThat(depth(attributes.get("lists"))).isEqualTo(Math.min(depth, 32));
        assertThat(depth(attributes.get("plain"))).isEqualTo(Math.min(depth, 32));
        assertThat(depth(attributes.get("maps"))).isEqualTo(Math.min(depth, 30));
        if (depth < 30) {
            assertThat(attributes.toString()).contains("end");
        }
    }

    private static int depth(Object value) {
        Object inner = value instanceof List<?> list
                ? list.isEmpty() ? null : list.get(0)
                : value instanceof Map<?, ?> map ? map.get("k") : null;
        return value instanceof List<?> || value instanceof Map<?, ?> ? 1 + depth(inner) : 0;
    }

    @Test
    void deepBodyWithoutRoom_isCutText() {
        Value<?> deep = Value.of("x".repeat(20_000));
        for (int i = 0; i < 5_000; i++) {
            deep = Value.of(List.of(Value.of("\"a\""), Value.of(1.5), deep));
        }
        Value<?> value = deep;

        Value<?> wide = Value.of(List.of(Value.of("x".repeat(20_000)), Value.of(1L)));
        Received.Line line = received(record -> {
            record.body(value);
            record.attribute("wide", wide);
        });

        assertThat(plain(line.record().getBody())).asString().startsWith("[\"a\"");
    }

    @Test
    void redactor_seesEachTextOfWhatIsNested() {
        List<String> seen = new ArrayList<>();
        Redactor redactor = new Redactor() {
            @Override
            public CharSequence attribute(String key, CharSequence value) {
                seen.add(key + "=" + value);
                return key.equals("password") ? null : value.equals("secret") ? "***" : value;
            }

            @Override
            public CharSequence body(String scope, CharSequence body) {
                return "body " + body;
            }
        };
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("name", "ada");
        user.put("password", "4711");

        Received.Line line = received(builder -> builder.redactor(redactor), record -> {
            record.body(Value.of(List.of(Value.of("x"), Value.of(Map.of("password", Value.of("y"))))));
            record.attribute("users", List.of(user, "secret"));
            record.attribute("password", Arrays.asList("a", 1));
            record.attribute(AttributeKey.stringArrayKey("tokens"), List.of("secret", "t"));
        });

        assertThat(plain(line.record().getBody())).isEqualTo(List.of("body x", Map.of()));
        assertThat(attributes(line))
                .containsEntry("users", List.of(Map.of("name", "ada"), "***"))
                .containsEntry("password", asList(null, 1L))
                .containsEntry("tokens", List.of("***", "t"));
        assertThat(seen).contains("name=ada", "users=secret", "password=a", "tokens=t");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which keys a record has: each once, none that is empty. */
class RecordKeysTest extends RecordFixture {

    private record Call(String name, Consumer<PendingRecord> with) {

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Call> withoutKey() {
        List<Call> calls = new ArrayList<>();
        for (String key : new String[] {null, ""}) {
            String of = " of key " + key;
            calls.add(new Call("text" + of, r -> r.attribute(key, "text")));
            calls.add(new Call("builder" + of, r -> r.attribute(key, new StringBuilder("text"))));
            calls.add(new Call("int" + of, r -> r.attribute(key, 5)));
            calls.add(new Call("long" + of, r -> r.attribute(key, 5L)));
            calls.add(new Call("double" + of, r -> r.attribute(key, 5.5)));
            calls.add(new Call("boolean" + of, r -> r.attribute(key, true)));
            calls.add(new Call("Integer" + of, r -> r.attribute(key, (Object) 5)));
            calls.add(new Call("Double" + of, r -> r.attribute(key, (Object) 5.5)));
            calls.add(new Call("Boolean" + of, r -> r.attribute(key, (Object) true)));
            calls.add(new Call("Object" + of, r -> r.attribute(key, (Object) List.class)));
            calls.add(new Call("list" + of, r -> r.attribute(key, List.of(1))));
            calls.add(new Call("map" + of, r -> r.attribute(key, Map.of("k", 1))));
            calls.add(new Call("array" + of, r -> r.attribute(key, new int[] {1})));
            calls.add(new Call("Value" + of, r -> r.attribute(key, Value.of(1))));
            calls.add(new Call("deep Value" + of, r -> r.attribute(key, Value.of(List.of(Value.of(1))))));
            calls.add(new Call("null" + of, r -> r.attribute(key, (Object) null)));
            calls.add(new Call("null text" + of, r -> r.attribute(key, (CharSequence) null)));
            calls.add(new Call("of the surroundings" + of, r -> r.attributeIfAbsent(key, "text")));
        }
        calls.add(new Call("API, no key", r -> r.attribute((AttributeKey<?>) null, "text")));
        calls.add(new Call("API, empty key", r -> r.attribute(AttributeKey.stringKey(""), "text")));
        calls.add(new Call("API, empty key of a list", r -> r.attribute(AttributeKey.longArrayKey(""), List.of(1L))));
        return calls;
    }

    @ParameterizedTest
    @MethodSource
    void withoutKey(Call call) {
        Received.Line line = received(record -> {
            record.attribute("before", 1);
            call.with().accept(record);
            record.attribute("after", 2);
        });

        assertThat(attributes(line)).containsOnlyKeys("before", "after");
        assertThat(line.record().getDroppedAttributesCount()).isEqualTo(1);
    }

    @Test
    void keyTwice_isThereOnce_theLastWins_whateverTheTypes() {
        Received.Line line = received(record -> {
            record.attribute("a", 1);
            record.attribute("b", "first");
            record.attribute("c", List.of(1, 2, 3));
            record.attribute("b", "x".repeat(3000));
            record.attribute("d", true);
            record.attribute("a", "now a text");
            record.attribute("c", 2.5);
            record.attributes(Attributes.of(AttributeKey.booleanKey("b"), false, AttributeKey.longKey("e"), 5L));
            record.attribute("d", new int[] {7});
        });

        assertThat(attributes(line))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("a", "now a text", "b", false, "c", 2.5, "d", List.of(7L), "e", 5L));
        assertThat(line.record().getDroppedAttributesCount()).isZero();
    }

    @Test
    void whatTheRecordSays_winsOverItsSurroundings_andOverWhatIsMadeOfAnException_inAnyOrder() {
        Received.Line line = received(record -> {
            record.attributeIfAbsent("user", "of the MDC");
            record.attribute("order", 1);
            record.attributeIfAbsent("order", "of the MDC");
            record.attribute("exception.type", "x");
            record.exception(new IllegalStateException("m"));
            record.attribute("user", "mine");
            record.attribute("exception.message", "y");
            record.attributeIfAbsent("thread.name", "of the MDC");
            record.attributeIfAbsent("thread.name", "main");
            record.body("b");
        });

        assertThat(attributes(line))
                .containsEntry("user", "mine")
                .containsEntry("order", 1L)
                .containsEntry("exception.type", "x")
                .containsEntry("exception.message", "y")
                .containsEntry("thread.name", "of the MDC")
                .containsKey("exception.stacktrace");
        assertThat(line.body()).isEqualTo("b");
        assertThat(line.record().getDroppedAttributesCount()).isZero();
    }

    @Test
    void nameOfTheThread_isAsItIs_whateverTheRecordsBeforeHad() {
        String tooLong = "a name that is longer than a value may be";
        List<Consumer<PendingRecord>> fills = List.of(
                record -> record.threadName("worker-1"),
                record -> record.threadName("worker-1"),
                record -> {
                    record.attribute("thread.name", "mine");
                    record.threadName("worker-1");
                },
                record -> {
                    record.threadName("worker-1");
                    record.attribute("a", "b");
                    record.attribute("thread.name", "mine");
                },
                record -> {
                    record.attribute("a", "b");
                    record.attribute("c", 2);
                    record.threadName("worker-1");
                },
                record -> record.threadName("Größe"),
                record -> record.threadName("Größe"),
                record -> record.threadName(tooLong),
                record -> record.threadName(tooLong),
                record -> record.threadName("secret"),
                record -> record.threadName("secret"),
                record -> record.threadName(null),
                record -> record.threadName("worker-1"));
        Redactor redactor = new Redactor() {
            @Override
            public CharSequence attribute(String key, CharSequence value) {
                return key.equals("thread.name") && value.equals("secret") ? "***" : value;
            }
        };
        Settings settings = Settings.builder()
                .set("otel.attribute.count.limit", "2")
                .set("otel.attribute.value.length.limit", "16")
                .build();
        try (TelemetryRuntime limited = TelemetryRuntime.create(settings);
                LogPipe pipe = LogPipe.builder(directory.resolve("limited"))
                        .runtime(limited)
                        .store(StoreKind.MEMORY)
                        .redactor(redactor)
                        .build()) {
            fills.forEach(fill -> {
                try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
                    fill.accept(record);
                    assertThat(record.offer()).isTrue();
                }
            });
            Received received = Received.from(pipe);
            Patience.await().until(() -> received.lines.size() == fills.size());

            assertThat(received.lines.stream().map(RecordFixture::attributes))
                    .containsExactly(
                            Map.of("thread.name", "worker-1"),
                            Map.of("thread.name", "worker-1"),
                            Map.of("thread.name", "mine"),
                            Map.of("a", "b", "thread.name", "mine"),
                            Map.of("a", "b", "c", 2L),
                            Map.of("thread.name", "Größe"),
                            Map.of("thread.name", "Größe"),
                            Map.of("thread.name", tooLong.substring(0, 16)),
                            Map.of("thread.name", tooLong.substring(0, 16)),
                            Map.of("thread.name", "***"),
                            Map.of("thread.name", "***"),
                            Map.of(),
                            Map.of("thread.name", "worker-1"));
            assertThat(received.lines.stream().map(line -> line.record().getDroppedAttributesCount()))
                    .containsExactly(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    @Test
    void stackTraceOfTheRecord_winsOverThatOfAnException() {
        assertThat(attributes(received(record -> {
                    record.attribute("exception.stacktrace", "mine");
                    record.exception(new IllegalStateException("m"));
                })))
                .containsEntry("exception.stacktrace", "mine");
    }

    /** They are the same key for every receiver. */
    @Test
    void keysThatAreCutToTheSame_areOne() {
        String prefix = "k".repeat(128);

        Received.Line line = received(record -> {
            record.attribute(prefix + "1", 1);
            record.attribute(prefix + "2", 2);
            record.attribute(prefix.substring(1), 3);
            record.attribute("\ud800", "lone");
            record.attribute("?", "mark");
        });

        assertThat(attributes(line))
                .containsExactlyInAnyOrderEntriesOf(Map.of(prefix, 2L, prefix.substring(1), 3L, "?", "mark"));
    }

    @Test
    void replacing_takesNoPlace() {
        Received.Line line = received(builder -> builder, record -> {
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 40; i++) {
                    record.attribute("key" + i, "v".repeat(round * 50) + i);
                }
            }
        });

        assertThat(attributes(line)).hasSize(32).containsEntry("key0", "v".repeat(200) + 0);
        assertThat(line.record().getDroppedAttributesCount()).isEqualTo(5 * 8);
    }

    @Test
    void keysOfAnyLength_areFound() {
        List<String> keys = new ArrayList<>();
        for (int length = 1; length <= 128; length += 9) {
            keys.add("é".repeat(length / 2) + "k".repeat(length % 2));
        }
        Received.Line line = received(record -> {
            keys.forEach(key -> record.attribute(key, "v".repeat(100)));
            keys.forEach(key -> record.attribute(key, key.length()));
        });

        assertThat(attributes(line)).hasSize(keys.size());
        keys.forEach(key -> assertThat(attributes(line)).containsEntry(key, (long) key.length()));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.DropReason;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a caller gives: nothing is thrown, the record is in or counted, and the thread can log again. */
class HostileCallsTest extends ConservedPipeTest {

    private static final class Thrower extends Exception {

        private final String where;
        private final Throwable what;

        Thrower(String where, Throwable what) {
            super("message");
            this.where = where;
            this.what = what;
        }

        private <T> T at(String place, T otherwise) {
            if (where.equals(place)) {
                HostileCallsTest.<RuntimeException>rethrow(what);
            }
            return otherwise;
        }

        @Override
        public String getMessage() {
            return at("getMessage", super.getMessage());
        }

        @Override
        public synchronized Throwable getCause() {
            return at("getCause", null);
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            return where.equals("nullStackTrace") ? null : at("getStackTrace", super.getStackTrace());
        }

        @Override
        public String toString() {
            return at("toString", "Thrower: message");
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void rethrow(Throwable what) throws E {
        throw (E) what;
    }

    private record Text(String text, Throwable what) implements CharSequence {

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (index > 2) {
                HostileCallsTest.<RuntimeException>rethrow(what);
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }
    }

    private static List<Object> cyclic() {
        List<Object> outer = new ArrayList<>();
        outer.add(List.of(1, outer));
        return outer;
    }

    private static List<Consumer<PendingRecord>> calls() {
        List<Consumer<PendingRecord>> calls = new ArrayList<>(List.of(
                r -> r.body((CharSequence) null),
                r -> r.body((Value<?>) null),
                r -> r.attribute((String) null, 5),
                r -> r.attribute((String) null, 5.5),
                r -> r.attribute((String) null, true),
                r -> r.attribute((String) null, "text"),
                r -> r.attribute("k", (CharSequence) null),
                r -> r.attribute("k", (Object) null),
                r -> r.attribute((AttributeKey<?>) null, "x"),
                r -> r.attribute(AttributeKey.stringKey("k"), null),
                r -> r.attributes(null),
                r -> r.exception(null),
                r -> r.stackTrace(null),
                r -> r.eventName(null),
                r -> r.hexIds(null, null, 0),
                r -> r.hexIds("z".repeat(32), "z".repeat(16), 0),
                r -> r.attribute("k", (Object) cyclic()),
                r -> r.attribute("k", new Object() {
                    @Override
                    public String toString() {
                        return null;
                    }
                }),
                r -> r.attribute(AttributeKey.longArrayKey("k"), Arrays.asList(1L, null)),
                r -> r.attribute(AttributeKey.longArrayKey("k"), "no list"),
                r -> r.exception(new Thrower("nullStackTrace", new Error()))));
        for (Throwable what : List.of(new IllegalStateException(), new AssertionError(), new StackOverflowError())) {
            calls.add(r -> r.body(new Text("text that fails", what)));
            calls.add(r -> r.attribute("k", new Text("text that fails", what)));
            calls.add(r -> r.stackTrace(new Text("text that fails", what)));
            calls.add(r -> r.eventName(new Text("text that fails", what)));
            calls.add(r -> r.hexIds(new Text("0".repeat(32), what), "0", 0));
            calls.add(r -> r.attribute("k", new Object() {
                @Override
                public String toString() {
                    HostileCallsTest.<RuntimeException>rethrow(what);
                    return "";
                }
            }));
            for (String where : List.of("getMessage", "getCause", "getStackTrace", "toString")) {
                calls.add(r -> r.exception(new Thrower(where, what)));
            }
        }
        return calls;
    }

    @ParameterizedTest
    @MethodSource("calls")
    void record_isIn_andSoIsTheNext(Consumer<PendingRecord> call) {
        LogPipe pipe = open(StoreKind.MEMORY);
        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            record.attribute("before", 1);
            call.accept(record);
            record.attribute("after", 2);
            assertThat(record.offer()).isTrue();
        }
        assertThat(pipe.offer(Severity.ERROR, "s", "next")).isTrue();

        Received received = receive();
        await().until(() -> received.lines.size() == 2);
        assertThat(received.lines.get(0).attributes())
                .containsEntry("before", 1L)
                .containsEntry("after", 2L);
        assertThat(received.lines.get(1).body()).isEqualTo("next");
    }

    @Test
    void offer_takesNullForNothing() {
        LogPipe pipe = open(StoreKind.MEMORY);
        assertThat(pipe.offer(null, "s", "b")).isTrue();
        assertThat(pipe.offer(Severity.ERROR, null, "b")).isTrue();
        assertThat(pipe.offer(Severity.ERROR, "s", null)).isTrue();
        assertThat(pipe.offer(Severity.ERROR, "s", "b", null)).isTrue();
        try (PendingRecord record = pipe.begin(1, 17, null, null)) {
            assertThat(record.offer()).isTrue();
        }

        Received received = receive();
        await().until(() -> received.lines.size() == 5);
    }

    @Test
    void attributesThatThrow_costThemselves() {
        LogPipe pipe = open(StoreKind.MEMORY);
        Attributes attributes = (Attributes) Proxy.newProxyInstance(
                Attributes.class.getClassLoader(), new Class<?>[] {Attributes.class}, (proxy, method, arguments) -> {
                    throw new StackOverflowError();
                });

        assertThat(pipe.offer(Severity.ERROR, "s", "b", attributes)).isTrue();

        Received received = receive();
        await().until(() -> received.lines.size() == 1);
        assertThat(received.lines.get(0).record().getDroppedAttributesCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 25, 127, 128, 255, 256, Integer.MAX_VALUE})
    void severityOutOfRange_isNone(int severity) {
        LogPipe pipe = open(StoreKind.MEMORY);
        try (PendingRecord record = pipe.begin(1, severity, "WEIRD", "s")) {
            record.body("b");
            assertThat(record.offer()).isTrue();
        }

        Received received = receive();
        await().until(() -> received.lines.size() == 1);
        assertThat(received.lines.get(0).record().getSeverityNumberValue()).isZero();
        assertThat(received.lines.get(0).record().getSeverityText()).isEqualTo("WEIRD");
    }

    @Test
    void bodyThatIsNoText_andLongerThanABody_isCutText() {
        LogPipe pipe = open(StoreKind.MEMORY);
        Value<?> large = Value.of(List.of(Value.of("x".repeat(10_000)), Value.of("y".repeat(10_000))));
        try (PendingRecord record = pipe.begin(1, 9, "INFO", "s")) {
            record.body(large);
            assertThat(record.offer()).isTrue();
        }

        Received received = receive();
        await().until(() -> received.lines.size() == 1);
        assertThat(received.lines.get(0).body()).contains("xxx").hasSizeGreaterThan(16_000);
    }

    @Test
    void valueNestedWithoutEnd_isCutOff() {
        LogPipe pipe = open(StoreKind.MEMORY);
        Value<?> deep = Value.of("end");
        for (int i = 0; i < 10_000; i++) {
            deep = Value.of(List.of(deep));
        }
        try (PendingRecord record = pipe.begin(1, 9, "INFO", "s")) {
            record.body(deep);
            assertThat(record.offer()).isTrue();
        }

        Received received = receive();
        await().until(() -> received.lines.size() == 1);
    }

    @Test
    void recordThatIsOffered_andNeverClosed_leavesTheThreadItsVoice() {
        LogPipe pipe = open(StoreKind.MEMORY);
        PendingRecord forgotten = pipe.begin(1, 9, "INFO", "s");
        assertThat(forgotten.offer()).isTrue();

        assertThat(pipe.offer(Severity.INFO, "s", "next")).isTrue();
    }

    @Test
    void redactorThatFails_costsTheRecord_forItsTextMayBeASecret() {
        LogPipe pipe = open(builder -> builder.store(StoreKind.MEMORY).redactor(new Redactor() {
            @Override
            public CharSequence body(String scope, CharSequence body) {
                throw new StackOverflowError();
            }
        }));

        assertThat(pipe.offer(Severity.INFO, "s", "secret")).isFalse();
        assertThat(account().dropped()).containsEntry(DropReason.ENCODING_FAILED, 1L);
    }
}

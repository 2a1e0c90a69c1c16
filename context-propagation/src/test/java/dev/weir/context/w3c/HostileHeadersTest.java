// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.management.ThreadMXBean;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an attacker may send: never an exception, never much memory, never half a trace. */
class HostileHeadersTest {

    private static final String VALID = "00-12345678901234567890123456789012-1234567890123456-01";
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static List<String> parents() {
        return List.of(
                "",
                "-",
                "00",
                "0".repeat(8_192),
                "a".repeat(65_536),
                VALID + "x".repeat(65_536),
                VALID.toUpperCase(java.util.Locale.ROOT).replace('1', 'A'),
                VALID.replace('1', 'A'),
                VALID.replace('-', '_'),
                VALID.replace("-", ""),
                VALID.replace('1', '\0'),
                VALID.replace('1', '\r'),
                VALID.replace('1', '\n'),
                VALID.replace('1', '\u0661'),
                VALID.replace('1', '\u0131'),
                VALID.replace('0', '\u0130'),
                VALID.replace('0', '\u00b0'),
                VALID.replace('1', '\uff11'),
                VALID.replace('1', '\ud835'),
                "00-" + "0".repeat(32) + "-" + "0".repeat(16) + "-00",
                "  " + VALID + "  x",
                VALID.replace("00-", "zz-"),
                VALID.substring(0, 54),
                "-".repeat(55));
    }

    @ParameterizedTest
    @MethodSource("parents")
    void parent_thatBreaksARule_startsANewTrace(String parent) {
        Context context = extract(parent, "foo=1");

        assertThat(context).isSameAs(Context.root());
    }

    static List<String> states() {
        return List.of(
                ",".repeat(10_000) + "=",
                "=".repeat(10_000),
                "a=1,".repeat(10_000),
                "a".repeat(513) + "=1",
                "a=" + "b".repeat(257),
                "foo=1,\u00e9=2",
                "foo=1,b\0r=2",
                "foo=1,bar=\r\nx",
                "foo=1;bar=2,",
                "foo",
                "=1",
                "foo=1,bar",
                "foo=\u0661",
                "x".repeat(65_536));
    }

    @ParameterizedTest
    @MethodSource("states")
    void state_thatBreaksARule_isDroppedAndTheTraceStays(String state) {
        SpanContext parent = Span.fromContext(extract(VALID, state)).getSpanContext();

        assertThat(parent.isValid()).isTrue();
        String kept = RawTraceState.format(parent.getTraceState());
        assertThat(kept).isIn("", "a=1", "foo=1;bar=2");
    }

    @Test
    void state_of10kCommas_isEmpty() {
        assertThat(Span.fromContext(extract(VALID, ",".repeat(10_000)))
                        .getSpanContext()
                        .getTraceState()
                        .isEmpty())
                .isTrue();
    }

    @Test
    void state_upTo32LargeMembers_isKeptWhole() {
        StringBuilder state = new StringBuilder();
        for (int i = 0; i < 32; i++) {
            state.append(i == 0 ? "" : ",")
                    .append("k".repeat(250))
                    .append(100 + i)
                    .append('=')
                    .append("v".repeat(256));
        }

        assertThat(RawTraceState.format(Span.fromContext(extract(VALID, state.toString()))
                        .getSpanContext()
                        .getTraceState()))
                .isEqualTo(state.toString());
    }

    @Test
    void manyHeaders_areNotJoinedWithoutBound() {
        Headers headers = Headers.of("traceparent", VALID);
        for (int i = 0; i < 10_000; i++) {
            headers.add("tracestate", "a" + i + "=" + "v".repeat(200));
        }

        SpanContext parent = Span.fromContext(W3cPropagator.instance().extract(Context.root(), headers, Headers.GETTER))
                .getSpanContext();
        assertThat(parent.getTraceState().isEmpty()).isTrue();
    }

    @Test
    void noHeader_makesMoreThanAKilobyte() {
        for (String parent : parents()) {
            assertThat(allocated(() -> TraceParent.parse(parent, null)))
                    .as(parent)
                    .isLessThanOrEqualTo(1024);
        }
        for (String state : states()) {
            assertThat(allocated(() -> RawTraceState.parse(state))).as(state).isLessThanOrEqualTo(1024);
        }
    }

    private static long allocated(Runnable task) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            task.run();
            best = Math.min(best, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return best;
    }

    /** {@code -Dfuzz.headers} says how many; each is a valid header with a few characters changed, or noise. */
    @Test
    void fuzzedHeaders_neverThrow_andAgreeWithThePlainRule() {
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        Random random = new Random(seed);
        int valid = 0;
        for (int i = 0; i < Integer.getInteger("fuzz.headers", 300_000); i++) {
            StringBuilder parent = new StringBuilder(VALID);
            int changes = random.nextInt(4);
            for (int c = 0; c < changes; c++) {
                int at = random.nextInt(parent.length());
                switch (random.nextInt(4)) {
                    case 0 -> parent.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
                    case 1 -> parent.deleteCharAt(at);
                    case 2 -> parent.insert(at, (char) (' ' + random.nextInt(95)));
                    default -> parent.setCharAt(at, "0123456789abcdef-".charAt(random.nextInt(17)));
                }
            }
            String text = parent.toString();
            RemoteSpan found = TraceParent.parse(text, null);
            assertThat(found != null).as("seed %d: %s", seed, text).isEqualTo(plainRule(text));
            valid += found == null ? 0 : 1;
            String state = noise(random);
            Context context = extract(VALID, state);
            String kept = RawTraceState.format(
                    Span.fromContext(context).getSpanContext().getTraceState());
            assertThat(extractedAgain(kept)).as("seed %d: %s", seed, state).isEqualTo(kept);
            W3cBaggagePropagator.instance().extract(Context.root(), Headers.of("baggage", state), Headers.GETTER);
        }
        assertThat(valid).as("seed %d", seed).isPositive();
    }

    private static boolean plainRule(String text) {
        String trimmed = text.replaceAll("^[ \\t]+|[ \\t]+$", "");
        return trimmed.matches("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-(?s:.*))?")
                && !(trimmed.startsWith("00") && trimmed.length() > 55);
    }

    private static String extractedAgain(String state) {
        return RawTraceState.format(RawTraceState.parse(state));
    }

    private static String noise(Random random) {
        String alphabet = "ab=,;@*_-/ \t%20Z\u00e9\0";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(60); i > 0; i--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    @Test
    void baggage_overTheBounds_isCut() {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 65; i++) {
            many.append(i == 0 ? "" : ",").append("k").append(i).append("=v");
        }
        assertThat(baggage(many.toString()).size()).isEqualTo(64);
        assertThat(baggage("a=1,b=" + "v".repeat(8193)).asMap()).containsOnlyKeys("a");
        assertThat(baggage("a=1", "b=" + "v".repeat(8190), "c=3").asMap()).containsOnlyKeys("a");
        assertThat(baggage("a=1" + ";p=q".repeat(1000)).getEntryValue("a")).isEqualTo("1");
    }

    @Test
    void baggage_malformedMembers_areLeftOut() {
        assertThat(baggage("a=1,=2,b,c=%zz,d=%4,e=\u00e9,f f=1,g=1 2,h=%C3%A9").asMap())
                .containsOnlyKeys("a", "h");
        assertThat(baggage("h=%C3%A9").getEntryValue("h")).isEqualTo("\u00e9");
        assertThat(baggage("a = 1 ; p=q ; r").getEntry("a").getMetadata().getValue())
                .isEqualTo("p=q ; r");
    }

    @Test
    void baggage_goesOutAsItCameIn() {
        Baggage baggage = Baggage.builder()
                .put("plain", "v")
                .put("odd", "a b,c;d=\u00e9%\"\\")
                .put("bad key", "left out")
                .build();
        Headers out = new Headers();
        W3cBaggagePropagator.instance().inject(Context.root().with(baggage), out, Headers.SETTER);

        assertThat(baggage(out.all("baggage").get(0)).getEntryValue("odd")).isEqualTo("a b,c;d=\u00e9%\"\\");
        assertThat(baggage(out.all("baggage").get(0)).asMap()).containsOnlyKeys("plain", "odd");
    }

    @Test
    void baggage_tooLargeToWrite_isCut() {
        var builder = Baggage.builder();
        for (int i = 0; i < 200; i++) {
            builder.put("key" + i, "v".repeat(100));
        }
        Headers out = new Headers();
        W3cBaggagePropagator.instance().inject(Context.root().with(builder.build()), out, Headers.SETTER);

        assertThat(out.all("baggage").get(0).length()).isLessThanOrEqualTo(8192);
        assertThat(out.all("baggage").get(0).split(",")).hasSize(64);
    }

    @Test
    void nullArguments_doNothing() {
        assertThatCode(() -> {
                    W3cPropagator.instance().inject(null, null, null);
                    W3cBaggagePropagator.instance().inject(null, null, null);
                    assertThat(W3cPropagator.instance().extract(null, null, Headers.GETTER))
                            .isSameAs(Context.root());
                    assertThat(W3cPropagator.instance().extract(Context.root(), null, null))
                            .isSameAs(Context.root());
                })
                .doesNotThrowAnyException();
    }

    private static Baggage baggage(String... values) {
        Headers headers = new Headers();
        for (String value : values) {
            headers.add("baggage", value);
        }
        return Baggage.fromContext(W3cBaggagePropagator.instance().extract(Context.root(), headers, Headers.GETTER));
    }

    private static Context extract(String parent, String state) {
        return W3cPropagator.instance()
                .extract(Context.root(), Headers.of("traceparent", parent, "tracestate", state), Headers.GETTER);
    }
}

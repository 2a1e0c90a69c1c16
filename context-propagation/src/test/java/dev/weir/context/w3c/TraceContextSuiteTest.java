// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The cases of the W3C trace-context test suite (levels 1 and 2, strict), through a real SDK: a request comes in, a span is
 * made, a request goes out.
 */
class TraceContextSuiteTest {

    private static final String ID = "12345678901234567890123456789012";
    private static final String PARENT = "1234567890123456";
    private static final String VALID = "00-" + ID + "-" + PARENT + "-01";
    private static final String NOT_SAMPLED = "00-" + ID + "-" + PARENT + "-00";

    private final SdkTracerProvider tracers = SdkTracerProvider.builder()
            .setSampler(Sampler.parentBased(Sampler.alwaysOn()))
            .addSpanProcessor(new Recording())
            .build();
    private final List<DynamicTest> cases = new ArrayList<>();

    @AfterEach
    void close() {
        tracers.close();
    }

    @TestFactory
    Stream<DynamicTest> suite() {
        add("both_traceparent_and_tracestate_missing", () -> outgoing());
        add("traceparent_included_tracestate_missing", () -> {
            Outgoing out = outgoing("traceparent", VALID);
            assertThat(out.traceId).isEqualTo(ID);
            assertThat(out.parentId).isNotEqualTo(PARENT);
        });
        newTrace(
                "traceparent_duplicated",
                List.of("traceparent", "00-12345678901234567890123456789011-" + PARENT + "-01", "traceparent", VALID));
        newTrace("traceparent_header_name", List.of("trace-parent", VALID), List.of("trace.parent", VALID));
        sameTrace(
                "traceparent_header_name_valid_casing",
                List.of("TraceParent", VALID),
                List.of("TrAcEpArEnT", VALID),
                List.of("TRACEPARENT", VALID));
        rejected("traceparent_version_0x00", VALID + ".", VALID + "-what-the-future-will-be-like");
        add("traceparent_version_0xcc", () -> {
            String future = "cc-" + ID + "-" + PARENT + "-01";
            assertThat(outgoing("traceparent", future).traceId).isEqualTo(ID);
            assertThat(outgoing("traceparent", future + "-what-the-future-will-be-like").traceId)
                    .isEqualTo(ID);
            assertThat(outgoing("traceparent", future + ".what-the-future-will-be-like").traceId)
                    .isNotEqualTo(ID);
        });
        rejected("traceparent_version_0xff", "ff-" + ID + "-" + PARENT + "-01");
        rejected(
                "traceparent_version_illegal_characters",
                ".0-" + ID + "-" + PARENT + "-01",
                "0.-" + ID + "-" + PARENT + "-01");
        rejected("traceparent_version_too_long", "0" + VALID, "00" + VALID);
        rejected("traceparent_version_too_short", VALID.substring(1));
        rejected("traceparent_trace_id_all_zero", "00-" + "0".repeat(32) + "-" + PARENT + "-01");
        rejected(
                "traceparent_trace_id_illegal_characters",
                "00-." + ID.substring(1) + "-" + PARENT + "-01",
                "00-" + ID.substring(0, 31) + ".-" + PARENT + "-01");
        rejected("traceparent_trace_id_too_long", "00-" + ID + "3-" + PARENT + "-01");
        rejected("traceparent_trace_id_too_short", "00-" + ID.substring(1) + "-" + PARENT + "-01");
        rejected("traceparent_parent_id_all_zero", "00-" + ID + "-0000000000000000-01");
        rejected(
                "traceparent_parent_id_illegal_characters",
                "00-" + ID + "-.234567890123456-01",
                "00-" + ID + "-123456789012345.-01");
        rejected("traceparent_parent_id_too_long", "00-" + ID + "-" + PARENT + "7-01");
        rejected("traceparent_parent_id_too_short", "00-" + ID + "-123456789012345-01");
        rejected(
                "traceparent_trace_flags_illegal_characters",
                "00-" + ID + "-" + PARENT + "-.0",
                "00-" + ID + "-" + PARENT + "-0.");
        rejected("traceparent_trace_flags_too_long", "00-" + ID + "-" + PARENT + "-001");
        rejected("traceparent_trace_flags_too_short", "00-" + ID + "-" + PARENT + "-1");
        sameTrace(
                "traceparent_ows_handling",
                List.of("traceparent", " " + VALID),
                List.of("traceparent", "\t" + VALID),
                List.of("traceparent", VALID + " "),
                List.of("traceparent", VALID + "\t"),
                List.of("traceparent", "\t " + VALID + " \t"));
        add("tracestate_included_traceparent_missing", () -> {
            assertThat(outgoing("tracestate", "foo=1").state).isEmpty();
            assertThat(outgoing("tracestate", "foo=1,bar=2").state).isEmpty();
        });
        state("tracestate_included_traceparent_included", "foo=1,bar=2", "foo=1,bar=2");
        add("tracestate_header_name", () -> {
            assertThat(outgoing("traceparent", NOT_SAMPLED, "trace-state", "foo=1").state)
                    .isEmpty();
            assertThat(outgoing("traceparent", NOT_SAMPLED, "trace.state", "foo=1").state)
                    .isEmpty();
        });
        add("tracestate_header_name_valid_casing", () -> {
            for (String name : List.of("TraceState", "TrAcEsTaTe", "TRACESTATE")) {
                assertThat(outgoing("traceparent", NOT_SAMPLED, name, "foo=1").state)
                        .containsEntry("foo", "1");
            }
        });
        add("tracestate_empty_header", () -> {
            Outgoing out = outgoing("traceparent", NOT_SAMPLED, "tracestate", "");
            assertThat(out.traceId).isEqualTo(ID);
            assertThat(out.stateHeaders).isEmpty();
            assertThat(stateOf("foo=1", "")).containsEntry("foo", "1");
            assertThat(stateOf("", "foo=1")).containsEntry("foo", "1");
        });
        add(
                "tracestate_multiple_headers_different_keys",
                () -> assertThat(stateOf("foo=1,bar=2", "rojo=1,congo=2", "baz=3")
                                .keySet())
                        .containsExactly("foo", "bar", "rojo", "congo", "baz"));
        add("tracestate_duplicated_keys", () -> {
            assertThat(stateOf("foo=1,foo=1")).containsEntry("foo", "1");
            assertThat(stateOf("foo=1,foo=2").get("foo")).isIn("1", "2");
            assertThat(stateOf("foo=1", "foo=1")).containsEntry("foo", "1");
            assertThat(stateOf("foo=1", "foo=2").get("foo")).isIn("1", "2");
        });
        add("tracestate_all_allowed_characters", () -> {
            String key = chars('a', 'z') + "0123456789_-*/";
            String value = chars(' ', '+') + chars('-', '<') + chars('>', '~');
            assertThat(stateOf(key + "=" + value)).containsEntry(key, value);
            String vendor = key + "@a-z0-9_-*/";
            assertThat(stateOf(vendor + "=" + value)).containsEntry(vendor, value);
        });
        add("tracestate_ows_handling", () -> {
            for (String header : List.of("foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3")) {
                assertThat(stateOf(header)).isEqualTo(Map.of("foo", "1", "bar", "2", "baz", "3"));
            }
            for (String header : List.of(" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t")) {
                assertThat(stateOf(header)).isEqualTo(Map.of("foo", "1"));
            }
        });
        state("tracestate_key_illegal_characters", "foo =1", "", "FOO=1", "", "foo.bar=1", "");
        state(
                "tracestate_key_illegal_vendor_format",
                "foo@=1,bar=2",
                "foo@=1,bar=2",
                "@foo=1,bar=2",
                "",
                "foo@@bar=1,bar=2",
                "foo@@bar=1,bar=2",
                "foo@bar@baz=1,bar=2",
                "foo@bar@baz=1,bar=2");
        add("tracestate_member_count_limit", () -> {
            assertThat(stateOf(members(1, 10), members(11, 20), members(21, 30), members(31, 32)))
                    .hasSize(32);
            assertThat(stateOf(members(1, 10), members(11, 20), members(21, 30), members(31, 33)))
                    .isEmpty();
        });
        add("tracestate_key_length_limit", () -> {
            for (String key : List.of(
                    "z".repeat(256),
                    "t".repeat(241) + "@" + "v".repeat(14),
                    "t".repeat(242) + "@v",
                    "t@" + "v".repeat(15))) {
                assertThat(stateOf("foo=1", key + "=1")).isEqualTo(Map.of("foo", "1", key, "1"));
            }
            assertThat(stateOf("foo=1", "z".repeat(257) + "=1")).isEmpty();
        });
        state("tracestate_value_illegal_characters", "foo=bar=baz", "", "foo=,bar=3", "");
        add("multiple_requests_with_valid_traceparent", () -> {
            Set<String> parents = callbacks(Set.of(ID), "traceparent", VALID);
            assertThat(parents).hasSize(3);
        });
        add(
                "multiple_requests_without_traceparent",
                () -> assertThat(callbacks(null)).hasSize(3));
        add("multiple_requests_with_illegal_traceparent", () -> {
            Set<String> parents = callbacks(null, "traceparent", "00-" + "0".repeat(32) + "-" + PARENT + "-01");
            assertThat(parents).hasSize(3);
        });
        add("trace_flags_random_is_propagated", () -> {
            String random = "00-" + ID + "-" + PARENT + "-02";
            Headers out = new Headers();
            W3cPropagator.instance().inject(extract("traceparent", random), out, Headers.SETTER);
            assertThat(out.all("traceparent")).containsExactly(random);
            // The oldest supported SDK does not hand the flag down to its own spans.
            if (Stream.of(TraceFlags.class.getMethods())
                    .anyMatch(m -> m.getName().equals("isTraceIdRandom"))) {
                assertThat(Integer.parseInt(outgoing("traceparent", random).flags, 16) & 2)
                        .isEqualTo(2);
            }
        });
        add("trace_flags_unknown_bits_are_not_propagated", () -> {
            Headers out = new Headers();
            W3cPropagator.instance()
                    .inject(extract("traceparent", "00-" + ID + "-" + PARENT + "-ff"), out, Headers.SETTER);
            assertThat(out.all("traceparent")).containsExactly("00-" + ID + "-" + PARENT + "-03");
        });
        assertThat(cases).as("the suite has 41 cases").hasSizeGreaterThanOrEqualTo(41);
        return cases.stream();
    }

    @Test
    void extract_withGetterOfFirstValuesOnly_stillReads() {
        Context context =
                W3cPropagator.instance().extract(Context.root(), Map.of("traceparent", VALID), new MapGetter());

        SpanContext parent = Span.fromContext(context).getSpanContext();
        assertThat(parent.getTraceId()).isEqualTo(ID);
        assertThat(parent.getSpanId()).isEqualTo(PARENT);
        assertThat(parent.isSampled()).isTrue();
        assertThat(parent.isRemote()).isTrue();
    }

    private static final class MapGetter
            implements io.opentelemetry.context.propagation.TextMapGetter<Map<String, String>> {

        @Override
        @SuppressWarnings("deprecation") // abstract in the oldest supported version
        public Iterable<String> keys(Map<String, String> carrier) {
            return carrier.keySet();
        }

        @Override
        public String get(Map<String, String> carrier, String key) {
            return carrier.get(key);
        }
    }

    /** An SDK without a processor makes spans without ids. */
    private static final class Recording implements SpanProcessor {

        @Override
        public void onStart(Context parent, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
            return true;
        }

        @Override
        public void onEnd(ReadableSpan span) {}

        @Override
        public boolean isEndRequired() {
            return false;
        }
    }

    private void add(String name, org.junit.jupiter.api.function.Executable body) {
        cases.add(dynamicTest(name, body));
    }

    @SafeVarargs
    private void newTrace(String name, List<String>... requests) {
        add(name, () -> {
            for (List<String> headers : requests) {
                assertThat(outgoing(headers.toArray(String[]::new)).traceId)
                        .as("%s", headers)
                        .isNotIn(headers)
                        .isNotEqualTo(ID);
            }
        });
    }

    @SafeVarargs
    private void sameTrace(String name, List<String>... requests) {
        add(name, () -> {
            for (List<String> headers : requests) {
                assertThat(outgoing(headers.toArray(String[]::new)).traceId)
                        .as("%s", headers)
                        .isEqualTo(ID);
            }
        });
    }

    private void rejected(String name, String... parents) {
        add(name, () -> {
            for (String parent : parents) {
                Context context = extract("traceparent", parent);
                assertThat(context).as(parent).isSameAs(Context.root());
                assertThat(parent).doesNotContain(outgoing("traceparent", parent).traceId);
            }
        });
    }

    private void state(String name, String... headersAndExpected) {
        add(name, () -> {
            for (int i = 0; i < headersAndExpected.length; i += 2) {
                Map<String, String> expected = new LinkedHashMap<>();
                read(headersAndExpected[i + 1], expected);
                assertThat(stateOf(headersAndExpected[i]))
                        .as(headersAndExpected[i])
                        .isEqualTo(expected);
            }
        });
    }

    private Map<String, String> stateOf(String... stateHeaders) {
        List<String> headers = new ArrayList<>(List.of("traceparent", NOT_SAMPLED));
        for (String header : stateHeaders) {
            headers.add("tracestate");
            headers.add(header);
        }
        Outgoing out = outgoing(headers.toArray(String[]::new));
        assertThat(out.traceId).isEqualTo(ID);
        return out.state;
    }

    private Set<String> callbacks(Set<String> expectedTraces, String... headers) {
        Context incoming = extract(headers);
        Set<String> traces = new HashSet<>();
        Set<String> parents = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            Outgoing out = call(incoming);
            traces.add(out.traceId);
            parents.add(out.parentId);
        }
        if (expectedTraces != null) {
            assertThat(traces).isEqualTo(expectedTraces);
        }
        return parents;
    }

    private Outgoing outgoing(String... headers) {
        return call(extract(headers));
    }

    private static Context extract(String... headers) {
        return W3cPropagator.instance().extract(Context.root(), Headers.of(headers), Headers.GETTER);
    }

    private Outgoing call(Context incoming) {
        Span span =
                tracers.get("suite").spanBuilder("callback").setParent(incoming).startSpan();
        Headers headers = new Headers();
        W3cPropagator.instance().inject(incoming.with(span), headers, Headers.SETTER);
        span.end();
        return new Outgoing(headers);
    }

    private static String members(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj("bar%1$02d=%1$02d"::formatted)
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
    }

    private static String chars(char first, char last) {
        StringBuilder text = new StringBuilder();
        for (char c = first; c <= last; c++) {
            text.append(c);
        }
        return text.toString();
    }

    private static void read(String header, Map<String, String> target) {
        for (String member : header.split(",")) {
            if (!member.isEmpty()) {
                int equals = member.indexOf('=');
                target.put(member.substring(0, equals), member.substring(equals + 1));
            }
        }
    }

    private static final class Outgoing {

        final String traceId;
        final String parentId;
        final String flags;
        final List<String> stateHeaders;
        final Map<String, String> state = new LinkedHashMap<>();

        Outgoing(Headers headers) {
            assertThat(headers.all("traceparent")).hasSize(1);
            String[] parts = headers.all("traceparent").get(0).split("-");
            assertThat(parts).hasSize(4);
            traceId = parts[1];
            parentId = parts[2];
            flags = parts[3];
            assertThat(TraceId.isValid(traceId)).isTrue();
            assertThat(SpanId.isValid(parentId)).isTrue();
            stateHeaders = headers.all("tracestate");
            stateHeaders.forEach(header -> read(header, state));
        }
    }
}

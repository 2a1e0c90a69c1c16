// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.DelegatingSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What a service with HTTP traffic produces, made by a real SDK. */
final class SampleRecords {

    private static final Resource RESOURCE = Resource.create(Attributes.of(
            AttributeKey.stringKey("service.name"),
            "checkout",
            AttributeKey.stringKey("service.version"),
            "1.14.2",
            AttributeKey.stringKey("service.instance.id"),
            "7f6d4c9b8d-x2x9q",
            AttributeKey.stringKey("telemetry.sdk.language"),
            "java"));
    private static final String[] ROUTES = {"/checkout", "/cart/{id}", "/pay", "/orders/{id}/items"};

    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
    private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<String> AGENT = AttributeKey.stringKey("user_agent.original");

    private SampleRecords() {}

    /** As {@link #ended}, as the SDK's exporters are given them. */
    static List<SpanData> spans(int count) {
        return Arrays.stream(ended(count)).map(ReadableSpan::toSpanData).toList();
    }

    /** The same spans, of which each has key texts of its own. */
    static List<SpanData> withOwnKeys(List<SpanData> spans) {
        return spans.stream().<SpanData>map(OwnKeys::new).toList();
    }

    private static final class OwnKeys extends DelegatingSpanData {

        private final Attributes attributes;

        OwnKeys(SpanData span) {
            super(span);
            AttributesBuilder builder = Attributes.builder();
            span.getAttributes().forEach((key, value) -> put(builder, key, value));
            this.attributes = builder.build();
        }

        private static void put(AttributesBuilder to, AttributeKey<?> key, Object value) {
            if (value instanceof Long number) {
                to.put(AttributeKey.longKey(fresh(key.getKey())), number);
            } else {
                to.put(AttributeKey.stringKey(fresh(key.getKey())), value.toString());
            }
        }

        @Override
        public Attributes getAttributes() {
            return attributes;
        }
    }

    /** Ended server spans with a remote parent and 8 attributes. */
    static ReadableSpan[] ended(int count) {
        List<ReadableSpan> spans = new ArrayList<>();
        Random random = new Random(1);
        try (SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(RESOURCE)
                .addSpanProcessor(new Keeping(spans))
                .build()) {
            var tracer = provider.get("dev.weir.http", "0.1.0");
            for (int i = 0; i < count; i++) {
                SpanContext remote = SpanContext.createFromRemoteParent(
                        "%016x%016x".formatted(random.nextLong(), random.nextLong() | 1),
                        "%016x".formatted(random.nextLong() | 1),
                        TraceFlags.getSampled(),
                        TraceState.getDefault());
                String route = ROUTES[i % ROUTES.length];
                tracer.spanBuilder("GET " + route)
                        .setSpanKind(SpanKind.SERVER)
                        .setParent(Context.root().with(Span.wrap(remote)))
                        .setAttribute(METHOD, "GET")
                        .setAttribute(ROUTE, route)
                        .setAttribute(STATUS, 200L)
                        .setAttribute(PATH, route.replace("{id}", Integer.toString(random.nextInt(100_000))))
                        .setAttribute(SCHEME, "https")
                        .setAttribute(ADDRESS, fresh("shop.example.org"))
                        .setAttribute(PORT, 443L)
                        .setAttribute(AGENT, fresh("Mozilla/5.0 (X11; Linux x86_64; rv:128.0)"))
                        .startSpan()
                        .end();
            }
        }
        return spans.toArray(ReadableSpan[]::new);
    }

    /** A string of its own, as a header is for each request. */
    private static String fresh(String text) {
        return new StringBuilder(text).toString();
    }

    /** Log records with ids, three attributes and a body of 100 to 200 characters. */
    static List<LogRecordData> logs(int count) {
        List<LogRecordData> logs = new ArrayList<>();
        Random random = new Random(2);
        try (SdkLoggerProvider provider = SdkLoggerProvider.builder()
                .setResource(RESOURCE)
                .addLogRecordProcessor((context, log) -> logs.add(log.toLogRecordData()))
                .build()) {
            var logger = provider.get("dev.weir.demo.Checkout");
            for (int i = 0; i < count; i++) {
                SpanContext span = SpanContext.create(
                        "%016x%016x".formatted(random.nextLong(), random.nextLong() | 1),
                        "%016x".formatted(random.nextLong() | 1),
                        TraceFlags.getSampled(),
                        TraceState.getDefault());
                logger.logRecordBuilder()
                        .setContext(Context.root().with(Span.wrap(span)))
                        .setTimestamp(1_700_000_000_000_000_000L + i, java.util.concurrent.TimeUnit.NANOSECONDS)
                        .setSeverity(Severity.INFO)
                        .setSeverityText("INFO")
                        .setBody("order " + random.nextInt() + " accepted " + "x".repeat(80 + random.nextInt(100)))
                        .setAttribute(AttributeKey.stringKey("thread.name"), "reactor-http-epoll-" + i % 4)
                        .setAttribute(AttributeKey.longKey("order.id"), random.nextLong())
                        .setAttribute(AttributeKey.stringKey("customer"), "c-" + random.nextInt(1000))
                        .emit();
            }
        }
        return logs;
    }

    private record Keeping(List<ReadableSpan> spans) implements SpanProcessor {

        @Override
        public void onStart(Context parent, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
            return false;
        }

        @Override
        public void onEnd(ReadableSpan span) {
            spans.add(span);
        }

        @Override
        public boolean isEndRequired() {
            return true;
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}

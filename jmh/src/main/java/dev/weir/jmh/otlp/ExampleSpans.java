// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.util.ArrayList;
import java.util.List;

/** Ended spans of the SDK with eight attributes, as an HTTP server makes them. */
final class ExampleSpans {

    private ExampleSpans() {}

    static ReadableSpan[] ended(int count) {
        List<ReadableSpan> spans = new ArrayList<>();
        try (SdkTracerProvider provider =
                SdkTracerProvider.builder().addSpanProcessor(new Keeping(spans)).build()) {
            Tracer tracer = provider.get("dev.weir.example", "1");
            for (int i = 0; i < count; i++) {
                Span span = tracer.spanBuilder("GET /orders/{id}")
                        .setSpanKind(SpanKind.SERVER)
                        .setAttribute("http.request.method", "GET")
                        .setAttribute("http.route", "/orders/{id}")
                        .setAttribute("url.scheme", "http")
                        .setAttribute("url.path", "/orders/" + (100_000 + i * 7919 % 900_000))
                        .setAttribute("server.address", "shop.example")
                        .setAttribute("server.port", 8080)
                        .setAttribute("network.protocol.version", "1.1")
                        .startSpan();
                span.setAttribute("http.response.status_code", i % 97 == 0 ? 500 : 200);
                span.end();
            }
        }
        return spans.toArray(ReadableSpan[]::new);
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

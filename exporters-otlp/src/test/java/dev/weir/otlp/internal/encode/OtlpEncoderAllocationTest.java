// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class OtlpEncoderAllocationTest {

    /** The result, its view and what the interpreter boxes; not a byte for each record. */
    private static final long PER_REQUEST = 1024;

    @Test
    void encodeSpans_ofAWarmEncoder_allocatesNothingForARecord() {
        InMemorySpanExporter exporter = InMemorySpanExporter.create();
        try (SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault())
                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                .build()) {
            var tracer = provider.get("test");
            for (int i = 0; i < 500; i++) {
                tracer.spanBuilder("GET /orders/{id}")
                        .setAttribute("http.route", "/orders/{id}")
                        .setAttribute("url.path", "/orders/" + i)
                        .setAttribute("user", "zoë " + i)
                        .setAttribute("http.response.status_code", 200L)
                        .setAttribute("retry", true)
                        .startSpan()
                        .addEvent("event")
                        .end();
            }
            List<SpanData> spans = exporter.getFinishedSpanItems();
            OtlpEncoder encoder = new OtlpEncoder();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            for (int i = 0; i < 50; i++) {
                encoder.encodeSpans(spans);
            }

            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 20; i++) {
                encoder.encodeSpans(spans);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;

            assertThat(spans).hasSize(500);
            assertThat(allocated / 20).isLessThan(PER_REQUEST);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** What OpenTelemetry's own exporters would send, caught by a sender that sends nothing. */
final class OpenTelemetryMarshaler implements HttpSenderProvider, ComponentLoader {

    private final OtlpHttpSpanExporter spans;
    private final OtlpHttpLogRecordExporter logs;
    private final OtlpHttpMetricExporter metrics;
    private byte[] caught = {};

    OpenTelemetryMarshaler(MemoryMode mode) {
        spans = OtlpHttpSpanExporter.builder()
                .setComponentLoader(this)
                .setMemoryMode(mode)
                .build();
        logs = OtlpHttpLogRecordExporter.builder()
                .setComponentLoader(this)
                .setMemoryMode(mode)
                .build();
        metrics = OtlpHttpMetricExporter.builder()
                .setComponentLoader(this)
                .setMemoryMode(mode)
                .build();
    }

    byte[] spans(Collection<SpanData> batch) {
        spans.export(batch);
        return caught;
    }

    byte[] logs(Collection<LogRecordData> batch) {
        logs.export(batch);
        return caught;
    }

    byte[] metrics(Collection<MetricData> batch) {
        metrics.export(batch);
        return caught;
    }

    @Override
    public <T> Iterable<T> load(Class<T> spi) {
        return spi == HttpSenderProvider.class ? List.of(spi.cast(this)) : List.of();
    }

    @Override
    public HttpSender createSender(HttpSenderConfig config) {
        return new HttpSender() {
            @Override
            public void send(MessageWriter message, Consumer<HttpResponse> done, Consumer<Throwable> failed) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try {
                    message.writeMessage(out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                caught = out.toByteArray();
            }

            @Override
            public CompletableResultCode shutdown() {
                return CompletableResultCode.ofSuccess();
            }
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** OpenTelemetry's marshaler, by its public API: a sender that takes the bytes into an array and answers at once. */
final class PeerMarshaler implements HttpSenderProvider, ComponentLoader {

    private final OtlpHttpSpanExporter spans;
    private final OtlpHttpLogRecordExporter logs;
    private final ArrayStream out = new ArrayStream();

    PeerMarshaler(MemoryMode mode) {
        spans = OtlpHttpSpanExporter.builder()
                .setComponentLoader(this)
                .setMemoryMode(mode)
                .build();
        logs = OtlpHttpLogRecordExporter.builder()
                .setComponentLoader(this)
                .setMemoryMode(mode)
                .build();
    }

    int spans(Collection<SpanData> batch) {
        spans.export(batch);
        return out.length;
    }

    int logs(Collection<LogRecordData> batch) {
        logs.export(batch);
        return out.length;
    }

    @Override
    public <T> Iterable<T> load(Class<T> spi) {
        return spi == HttpSenderProvider.class ? List.of(spi.cast(this)) : List.of();
    }

    @Override
    public HttpSender createSender(HttpSenderConfig config) {
        return new HttpSender() {
            private final HttpResponse ok = new HttpResponse() {
                @Override
                public int getStatusCode() {
                    return 200;
                }

                @Override
                public String getStatusMessage() {
                    return "OK";
                }

                @Override
                public byte[] getResponseBody() {
                    return "".getBytes(StandardCharsets.US_ASCII);
                }
            };

            @Override
            public void send(MessageWriter message, Consumer<HttpResponse> done, Consumer<Throwable> failed) {
                out.length = 0;
                try {
                    message.writeMessage(out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                done.accept(ok);
            }

            @Override
            public CompletableResultCode shutdown() {
                return CompletableResultCode.ofSuccess();
            }
        };
    }

    private static final class ArrayStream extends OutputStream {
        private final byte[] bytes = new byte[4 << 20];
        private int length;

        @Override
        public void write(int b) {
            bytes[length++] = (byte) b;
        }

        @Override
        public void write(byte[] source, int offset, int count) {
            System.arraycopy(source, offset, bytes, length, count);
            length += count;
        }
    }
}

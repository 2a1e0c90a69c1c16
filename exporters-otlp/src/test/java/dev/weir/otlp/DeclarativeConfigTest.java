// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.DeclarativeConfiguration;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A configuration file that names Weir's components, read by OpenTelemetry's own reader of such files. */
class DeclarativeConfigTest extends ExportTestBase {

    private static OpenTelemetrySdk sdk(String yaml) {
        return DeclarativeConfiguration.parseAndCreate(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .getSdk();
    }

    private String http() {
        return """
            file_format: "1.0"
            tracer_provider:
              processors:
                - otlp_http:
                    endpoint: %1$s/custom/traces
                    compression: gzip
                    headers:
                      - name: tenant
                        value: a b
            logger_provider:
              processors:
                - otlp_http:
                    endpoint: %1$s/v1/logs
                    headers_list: tenant=c%%20d
            meter_provider:
              readers:
                - pull:
                    exporter:
                      otlp_http:
                        endpoint: %1$s/v1/metrics
                        temporality_preference: delta
            """.formatted(receiver.url());
    }

    @Test
    void http_allSignals_goWhereTheFileSays() {
        try (OpenTelemetrySdk sdk = sdk(http())) {
            sdk.getTracer("t").spanBuilder("one").startSpan().end();
            sdk.getLogsBridge().get("l").logRecordBuilder().setBody("line").emit();
            sdk.getMeter("m").counterBuilder("count").build().add(1);
            assertThat(threadsOfItsOwn()).hasSize(6);

            assertThat(sdk.shutdown().join(30, TimeUnit.SECONDS).isSuccess()).isTrue();
        }

        await().atMost(LONG).until(() -> threadsOfItsOwn().isEmpty());
        assertThat(receiver.names("metrics")).contains("count");
        assertThat(receiver.names("traces")).containsExactly("one");
        assertThat(receiver.names("logs")).containsExactly("line");
        assertThat(receiver.accepted).anySatisfy(taken -> {
            assertThat(taken.path()).isEqualTo("/custom/traces");
            assertThat(taken.headers()).containsEntry("tenant", "a b").containsKey("x-weir-seq");
        });
        assertThat(receiver.accepted).anySatisfy(taken -> {
            assertThat(taken.path()).isEqualTo("/v1/logs");
            assertThat(taken.headers()).containsEntry("tenant", "c d");
        });
    }

    @Test
    void grpc_spans_arrive() {
        try (GrpcReceiver grpc = new GrpcReceiver()) {
            try (OpenTelemetrySdk sdk = sdk("""
                file_format: "1.0"
                tracer_provider:
                  processors:
                    - otlp_grpc:
                        endpoint: %s
                """.formatted(grpc.url()))) {
                sdk.getTracer("t").spanBuilder("one").startSpan().end();
            }
            await().atMost(LONG).until(() -> grpc.names("traces").contains("one"));
        }
    }

    @Test
    void timeoutOfZero_isNoLimit() {
        try (OpenTelemetrySdk sdk = sdk("""
            file_format: "1.0"
            tracer_provider:
              processors:
                - otlp_http:
                    endpoint: %s/v1/traces
                    timeout: 0
            """.formatted(receiver.url()))) {
            sdk.getTracer("t").spanBuilder("one").startSpan().end();
        }
        await().atMost(LONG).until(() -> receiver.names("traces").contains("one"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "timeout: -1|otlp_http: timeout: otel.exporter.otlp.traces.timeout is \"-1\", allowed: 0ms…10m",
                "compression: lz4|otlp_http: compression: otel.exporter.otlp.traces.compression is \"lz4\", allowed: ",
                "headers_list: a b=c|otel.exporter.otlp.traces.headers has the header name \"a b\", allowed: ",
                "endpoint: ftp://x|otel.exporter.otlp.traces.endpoint is \"ftp://x\", allowed with http/protobuf: "
            })
    void valueThatIsNotAllowed_endsTheStartWithPropertyAndValue(String line, String message) {
        assertThatThrownBy(() -> sdk("""
            file_format: "1.0"
            tracer_provider:
              processors:
                - otlp_http:
                    %s
            """.formatted(line))).hasStackTraceContaining(message);
    }

    @Test
    void badValue_endsTheStartWithWhatIsAllowed() {
        assertThatThrownBy(() -> sdk("""
            file_format: "1.0"
            tracer_provider:
              processors:
                - otlp_http:
                    compression: lz4
            """))
                .hasStackTraceContaining("otel.exporter.otlp.traces.compression is \"lz4\", allowed: ");
    }

    @Test
    void emptyComponent_goesToTheDefaultAddress_andEndsWithTheSdk() {
        try (OpenTelemetrySdk sdk = sdk("""
            file_format: "1.0"
            tracer_provider:
              processors:
                - otlp_grpc:
            """)) {
            assertThat(sdk.getSdkTracerProvider().toString()).contains("spanProcessor=");
            assertThat(threadsOfItsOwn()).isNotEmpty();
        }
        await().atMost(LONG).until(() -> threadsOfItsOwn().isEmpty());
    }
}

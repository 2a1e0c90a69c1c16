// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.declarative;

import dev.weir.core.Signal;
import dev.weir.otlp.OtlpExport;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.trace.SpanProcessor;

/**
 * The components for declarative configuration.
 *
 * <pre>{@code
 * tracer_provider:
 *   processors:
 *     - otlp_grpc:
 *         endpoint: http://collector:4317
 * meter_provider:
 *   readers:
 *     - pull:
 *         exporter:
 *           otlp_http:
 *             endpoint: http://collector:4318/v1/metrics
 * }</pre>
 *
 * <p>Made by {@link java.util.ServiceLoader}; each component has an export, and so two daemon threads, of its own,
 * which end when the SDK is shut down.
 *
 * @since 0.1
 */
public final class OtlpComponents {

    private OtlpComponents() {}

    /** Spans over HTTP. */
    public static final class HttpSpans extends OtlpComponent {
        /** Made by {@link java.util.ServiceLoader}. */
        public HttpSpans() {
            super(SpanProcessor.class, Signal.TRACES, false, OtlpExport::spanProcessor);
        }
    }

    /** Spans over gRPC. */
    public static final class GrpcSpans extends OtlpComponent {
        /** Made by {@link java.util.ServiceLoader}. */
        public GrpcSpans() {
            super(SpanProcessor.class, Signal.TRACES, true, OtlpExport::spanProcessor);
        }
    }

    /** Log records over HTTP. */
    public static final class HttpLogs extends OtlpComponent {
        /** Made by {@link java.util.ServiceLoader}. */
        public HttpLogs() {
            super(LogRecordProcessor.class, Signal.LOGS, false, OtlpExport::logRecordProcessor);
        }
    }

    /** Log records over gRPC. */
    public static final class GrpcLogs extends OtlpComponent {
        /** Made by {@link java.util.ServiceLoader}. */
        public GrpcLogs() {
            super(LogRecordProcessor.class, Signal.LOGS, true, OtlpExport::logRecordProcessor);
        }
    }

    /** Metrics over HTTP, where a file has {@code pull} readers; they are pushed all the same. */
    public static final class HttpMetrics extends OtlpComponent {
        /** Made by {@link java.util.ServiceLoader}. */
        public HttpMetrics() {
            super(MetricReader.class, Signal.METRICS, false, OtlpExport::metricReader);
        }
    }

    /** Metrics over gRPC, where a file has {@code pull} readers; they are pushed all the same. */
    public static final class GrpcMetrics extends OtlpComponent {
        /** Made by {@link java.util.ServiceLoader}. */
        public GrpcMetrics() {
            super(MetricReader.class, Signal.METRICS, true, OtlpExport::metricReader);
        }
    }
}

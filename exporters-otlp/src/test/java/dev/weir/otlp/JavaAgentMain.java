// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Ledger;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.netty.http.client.HttpClient;

/** An application with an SDK of its own under the OpenTelemetry javaagent. */
public final class JavaAgentMain {

    static final int RECORDS = 50;

    private JavaAgentMain() {}

    /** {@code export URL GRPC_URL} or {@code takeover URL}. */
    public static void main(String[] arguments) {
        // What the agent makes of a call of the application, so that it is known to be there.
        HttpClient.create()
                .get()
                .uri(arguments[1] + "/application")
                .responseContent()
                .aggregate()
                .block(Duration.ofSeconds(30));
        if (arguments[0].equals("export")) {
            export("http", arguments[1], OtlpProtocol.HTTP_PROTOBUF);
            export("grpc", arguments[2], OtlpProtocol.GRPC);
        } else {
            takeover();
        }
        // The agent's own hook writes what its batch still holds.
        System.exit(0);
    }

    private static void export(String name, String endpoint, OtlpProtocol protocol) {
        OtlpExport export = OtlpExport.builder()
                .endpoint(endpoint)
                .protocol(protocol)
                .linger(Duration.ofMillis(5))
                .build();
        SdkMeterProvider meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build();
        SdkTracerProvider traces = SdkTracerProvider.builder()
                .addSpanProcessor(export.spanProcessor())
                .build();
        SdkLoggerProvider logs = SdkLoggerProvider.builder()
                .addLogRecordProcessor(export.logRecordProcessor())
                .build();
        meters.get("test").counterBuilder(name + "-count").build().add(1);
        // A trace of the agent is current, as it is in an application whose requests the agent traces.
        Span around = GlobalOpenTelemetry.getTracer("test")
                .spanBuilder(name + "-around")
                .startSpan();
        try (Scope scope = around.makeCurrent()) {
            spans(traces.get("test"), name);
            for (int i = 0; i < RECORDS; i++) {
                logs.get("test").logRecordBuilder().setBody(name + "-line-" + i).emit();
            }
            meters.forceFlush().join(30, TimeUnit.SECONDS);
            export.flush(Duration.ofSeconds(30)).block();
        } finally {
            around.end();
        }
        export.close(Duration.ofSeconds(30));
        for (Signal signal : Signal.values()) {
            print(name, signal, export.ledger());
        }
    }

    private static void spans(Tracer tracer, String name) {
        for (int i = 0; i < RECORDS; i++) {
            tracer.spanBuilder(name + "-" + i).startSpan().end();
        }
    }

    @SuppressWarnings("SystemOut")
    private static void print(String name, Signal signal, Ledger ledger) {
        LedgerSnapshot account = ledger.of(signal).snapshot();
        System.out.println(name + ' ' + signal.label() + ": accepted " + account.produced() + ", delivered "
                + account.delivered() + ", dropped " + account.droppedTotal());
    }

    /** The agent and the application read the same properties; each exports what is its own. */
    private static void takeover() {
        OpenTelemetry agent = GlobalOpenTelemetry.get();
        try (OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .build()
                .getOpenTelemetrySdk()) {
            spans(sdk.getTracer("test"), "own");
            spans(agent.getTracer("test"), "agent");
        }
    }
}

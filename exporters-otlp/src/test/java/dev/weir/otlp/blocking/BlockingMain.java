// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.blocking;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpProtocol;
import io.netty.channel.EventLoopGroup;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * Does on an event loop all that an application may do there: ends spans and emits log records until they are refused,
 * flushes, closes; while the network runs on the same loop. Ends with 0 if nothing blocked.
 */
public final class BlockingMain {

    private static final List<Throwable> BLOCKED = Collections.synchronizedList(new ArrayList<>());

    private BlockingMain() {}

    /** The protocol is the argument. */
    public static void main(String[] arguments) throws Exception {
        BlockHound.builder()
                .loadIntegrations()
                .blockingMethodCallback(method -> BLOCKED.add(new AssertionError(method.toString())))
                .install();
        // Reads files when it is first used, which is OpenTelemetry's affair.
        Context.root();
        OtlpProtocol protocol = OtlpProtocol.valueOf(arguments[0]);
        LoopResources loops = LoopResources.create("watched", 1, true);
        EventLoopGroup loop = loops.onClient(true);
        on(loop, () -> LockSupport.parkNanos(1_000));
        if (BLOCKED.isEmpty()) {
            end(3, "the watch does not work");
        }
        BLOCKED.clear();

        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(protocol == OtlpProtocol.GRPC ? HttpProtocol.H2C : HttpProtocol.HTTP11)
                .handle((request, response) -> request.receive()
                        .then(Mono.defer(() -> Mono.from(response.header("content-type", "application/grpc")
                                .header("grpc-status", "0")
                                .send()))))
                .bindNow();
        TelemetryRuntime runtime = TelemetryRuntime.create(Settings.builder()
                .set("weir.otlp.queue.records", "1024")
                .set("weir.otlp.batch.bytes", "16k")
                .set("weir.otlp.memory.bytes", "64k")
                .build());
        OtlpExport export = OtlpExport.builder()
                .runtime(runtime)
                .endpoint("http://127.0.0.1:" + server.port())
                .protocol(protocol)
                .loopResources(loops)
                .headerSource(refused -> Mono.just(java.util.Map.of("authorization", "token")))
                .build();
        SdkMeterProvider meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build();
        Tracer tracer = SdkTracerProvider.builder()
                .addSpanProcessor(export.spanProcessor())
                .build()
                .get("t");
        Logger logger = SdkLoggerProvider.builder()
                .addLogRecordProcessor(export.logRecordProcessor())
                .build()
                .get("t");
        on(loop, () -> {
            for (int i = 0; i < 50_000; i++) {
                tracer.spanBuilder("span").setAttribute("i", i).startSpan().end();
                logger.logRecordBuilder()
                        .setBody("text")
                        .setSeverity(Severity.ERROR)
                        .emit();
            }
        });
        require(refused(export) > 0, "nothing was refused");
        CompletableFuture<Boolean> flushed = new CompletableFuture<>();
        on(loop, () -> {
            meters.forceFlush();
            export.spanProcessor().forceFlush();
            export.logRecordProcessor().forceFlush();
            export.flush(Duration.ofSeconds(20)).subscribe(flushed::complete);
            export.status();
            export.deadLetters();
        });
        require(
                flushed.get(30, TimeUnit.SECONDS),
                "the flush failed: " + export.status()
                        + export.ledger().of(Signal.TRACES).snapshot());
        require(delivered(export) > 0, "nothing was delivered");
        on(loop, () -> export.close(Duration.ofSeconds(10)));
        export.closed().block(Duration.ofSeconds(20));
        on(loop, () -> tracer.spanBuilder("late").startSpan().end());
        runtime.close();
        server.disposeNow();
        for (Throwable blocked : BLOCKED) {
            blocked.printStackTrace();
        }
        end(BLOCKED.isEmpty() ? 0 : 1, BLOCKED.size() + " blocking calls");
    }

    private static long refused(OtlpExport export) {
        return export.ledger().of(Signal.TRACES).snapshot().droppedTotal();
    }

    private static long delivered(OtlpExport export) {
        return export.ledger().of(Signal.TRACES).snapshot().delivered();
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            end(4, otherwise);
        }
    }

    @SuppressWarnings("SystemOut")
    private static void end(int code, String text) {
        System.err.println(text);
        Runtime.getRuntime().halt(code);
    }

    private static void on(EventLoopGroup loop, Runnable task) throws Exception {
        loop.next().submit(task).get(60, TimeUnit.SECONDS);
    }
}

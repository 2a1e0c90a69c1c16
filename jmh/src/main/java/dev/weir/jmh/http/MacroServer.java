// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.weir.Weir;
import dev.weir.context.TracePropagation;
import dev.weir.context.w3c.W3cPropagator;
import dev.weir.http.HttpTelemetry;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.management.JMException;
import javax.management.ObjectName;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.LoopResources;

/**
 * The measured process: {@code /fast} answers at once, {@code /chain} asks {@code /pay} of its second server first. Prints its
 * port; for each line that it reads, what it has used so far, or for {@code objects} what is on its heap.
 */
public final class MacroServer {

    private static final String LOOPS = "macro";

    private MacroServer() {}

    /** How the process is instrumented. */
    private record Instruments(
            UnaryOperator<HttpServer> server,
            UnaryOperator<HttpClient> client,
            UnaryOperator<Consumer<HttpServerRoutes>> routes) {

        static final Instruments NONE =
                new Instruments(UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());
    }

    /** {@code none | propagation | weir-http | weir | micrometer} and the endpoint; runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        Quiet.logs();
        Instruments instruments = instruments(arguments[0], arguments[1]);
        LoopResources loops = LoopResources.create(LOOPS, 1, true);
        HttpClient[] client = new HttpClient[1];
        DisposableServer back = serve(
                instruments, loops, routes -> routes.get("/pay", (req, res) -> res.sendString(Mono.just("paid"))));
        client[0] =
                instruments.client.apply(HttpClient.create().runOn(loops)).baseUrl("http://127.0.0.1:" + back.port());
        DisposableServer front = serve(
                instruments,
                loops,
                routes -> routes.get("/fast", (req, res) -> res.sendString(Mono.just("fast")))
                        .get(
                                "/chain",
                                (req, res) -> res.sendString(client[0]
                                        .get()
                                        .uri("/pay")
                                        .responseContent()
                                        .aggregate()
                                        .asString())));
        write("port " + front.port());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line;
        while ((line = in.readLine()) != null) {
            if (line.equals("objects")) {
                objects();
            } else {
                used();
            }
        }
        System.exit(0);
    }

    private static void used() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] ids = threads.getAllThreadIds();
        long[] allocated = threads.getThreadAllocatedBytes(ids);
        long[] cpu = threads.getThreadCpuTime(ids);
        ThreadInfo[] infos = threads.getThreadInfo(ids);
        long bytes = 0;
        long loops = 0;
        long others = 0;
        for (int i = 0; i < ids.length; i++) {
            // What answers here is none of the application.
            if (infos[i] != null && ids[i] != Thread.currentThread().getId()) {
                bytes += Math.max(0, allocated[i]);
                if (infos[i].getThreadName().startsWith(LOOPS)) {
                    loops += Math.max(0, cpu[i]);
                } else {
                    others += Math.max(0, cpu[i]);
                }
            }
        }
        write("used " + system.getProcessCpuTime() + ' ' + loops + ' ' + others + ' ' + bytes);
    }

    /** Everything on the heap, also garbage. */
    private static void objects() {
        try {
            String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[] {"-all"}},
                            new String[] {String[].class.getName()});
            histogram
                    .lines()
                    .map(row -> row.trim().split("\\s+"))
                    .filter(row -> row[0].endsWith(":"))
                    .forEach(row -> write("object " + row[1] + ' ' + row[2] + ' ' + row[3]));
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
        write("end");
    }

    private static void write(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static DisposableServer serve(
            Instruments instruments, LoopResources loops, Consumer<HttpServerRoutes> routes) {
        return instruments
                .server
                .apply(HttpServer.create().runOn(loops))
                .host("127.0.0.1")
                .port(0)
                .route(instruments.routes.apply(routes))
                .bindNow();
    }

    private static Instruments instruments(String mode, String endpoint) {
        switch (mode) {
            case "none":
                return Instruments.NONE;
            case "propagation":
                TracePropagation.enable();
                return Instruments.NONE;
            case "weir":
                Weir weir =
                        Weir.builder().serviceName("macro").endpoint(endpoint).start();
                return new Instruments(weir::instrument, weir::instrument, weir::routes);
            case "weir-http":
                HttpTelemetry http = HttpTelemetry.create(sdk(endpoint, W3cPropagator.instance()));
                return new Instruments(http::instrument, http::instrument, http::routes);
            case "micrometer":
                MicrometerTracing.install(sdk(endpoint, W3CTraceContextPropagator.getInstance()));
                return new Instruments(
                        server -> server.metrics(true, uri -> uri), client -> client.metrics(true, uri -> uri), r -> r);
            default:
                throw new IllegalArgumentException(mode);
        }
    }

    private static OpenTelemetrySdk sdk(String endpoint, TextMapPropagator propagator) {
        return OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder()
                                        .setEndpoint(endpoint + "/v1/traces")
                                        .build())
                                .setScheduleDelay(Duration.ofMillis(300))
                                .setMaxQueueSize(65_536)
                                .setMaxExportBatchSize(4096)
                                .build())
                        .build())
                .setPropagators(ContextPropagators.create(propagator))
                .build();
    }
}

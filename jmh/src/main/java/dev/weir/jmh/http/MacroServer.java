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
import javax.management.JMException;
import javax.management.ObjectName;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * The measured process, a {@link MacroApplication}. Prints its port; for each line that it reads, what it has used so far, for
 * {@code objects} what is on its heap, for {@code profile} and {@code stacks} what its profiler sampled between the two.
 */
public final class MacroServer {

    /** How the names of the event loops begin. */
    static final String LOOPS = "macro";

    /** The last line of each answer. */
    static final String END = "end";

    private MacroServer() {}

    /** {@code none | propagation | sdk | weir-http | weir | micrometer} and the endpoint; runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        Quiet.logs();
        Instruments instruments = instruments(arguments[0], arguments[1]);
        LoopResources loops = LoopResources.create(LOOPS, 1, true);
        DisposableServer back =
                MacroApplication.back(instruments, server(loops)).bindNow();
        HttpClient client =
                instruments.client(HttpClient.create().runOn(loops)).baseUrl("http://127.0.0.1:" + back.port());
        DisposableServer front =
                MacroApplication.front(instruments, server(loops), client).bindNow();
        write("port " + front.port());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line;
        while ((line = in.readLine()) != null) {
            switch (line) {
                case "objects" -> objects();
                case "profile" -> write("profile " + ServerProfiler.start());
                case "stacks" -> ServerProfiler.stop().lines().forEach(stack -> write("stack " + stack));
                default -> used();
            }
            write(END);
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
        write("process " + system.getProcessCpuTime() + ' '
                + ManagementFactory.getCompilationMXBean().getTotalCompilationTime());
        for (int i = 0; i < ids.length; i++) {
            // What answers here is none of the application.
            if (infos[i] != null && ids[i] != Thread.currentThread().getId()) {
                write("thread "
                        + new Used.OfThread(infos[i].getThreadName(), Math.max(0, cpu[i]), Math.max(0, allocated[i]))
                                .line(ids[i]));
            }
        }
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
    }

    private static void write(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static HttpServer server(LoopResources loops) {
        return HttpServer.create().runOn(loops).host("127.0.0.1").port(0);
    }

    private static Instruments instruments(String mode, String endpoint) {
        switch (mode) {
            case "none":
                return Instruments.NONE;
            case "propagation":
                TracePropagation.enable();
                return Instruments.NONE;
            case "weir":
                return new WeirHttp(Weir.builder()
                        .serviceName("macro")
                        .endpoint(endpoint)
                        .start()
                        .http()
                        .orElseThrow());
            case "sdk":
                return new SdkAlone(sdk(endpoint, W3CTraceContextPropagator.getInstance()), "127.0.0.1", 80);
            case "weir-http":
                return new WeirHttp(HttpTelemetry.create(sdk(endpoint, W3cPropagator.instance())));
            case "micrometer":
                return MicrometerTracing.install(sdk(endpoint, W3CTraceContextPropagator.getInstance()));
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

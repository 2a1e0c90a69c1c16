// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import dev.weir.context.TracePropagation;
import dev.weir.context.w3c.W3cPropagator;
import dev.weir.core.TelemetryRuntime;
import dev.weir.http.HttpTelemetry;
import dev.weir.jmh.metric.Uncollected;
import dev.weir.metric.LatencyMetrics;
import io.netty.channel.ChannelOption;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * One whole exchange through Reactor Netty's own servers, clients, pools and codecs, all on one thread: a client calls {@code /fast} or
 * {@code /chain} of the {@link MacroApplication} on kept-alive connections inside the JVM. {@code none} is without telemetry, {@code sdk}
 * {@link SdkAlone}, {@code weir} what its starter installs, without logs and export, {@code micrometer} Reactor Netty's own metrics and
 * tracing. Spans are taken and forgotten, metrics are recorded and not collected.
 *
 * <p>The calling client is part of each figure and has no telemetry; it is assembled before the telemetry is installed. What Reactor Netty
 * assembles for each of its calls is covered by the hooks of {@code weir} as every other publisher of the process is. Connections
 * inside the JVM have no IP addresses, so no mode records those of the peer. {@link ExchangeTable} runs all modes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {
            "-Xms1g",
            "-Xmx1g",
            "-XX:+UseSerialGC",
            // What is compiled, and with which profile, depends less on the moment when a compiler thread gets a core.
            "-XX:-BackgroundCompilation",
            "-Djmh.executor=CUSTOM",
            "-Djmh.executor.class=dev.weir.jmh.http.LoopThreads"
        })
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 20, time = 250, timeUnit = TimeUnit.MILLISECONDS)
public class ExchangeBenchmark {

    private static final int FRONT = 8080;
    private static final int BACK = 8081;

    @Param({"none", "sdk", "weir", "micrometer"})
    String mode;

    @Param({"fast", "chain"})
    String path;

    private final ManualLoop.Ports ports = new ManualLoop.Ports();
    private ManualLoop loop;
    private Mono<String> exchange;

    @Setup
    public void setUp() {
        Quiet.logs();
        loop = new ManualLoop();
        exchange = client("load", FRONT)
                .headers(headers -> headers.set("user-agent", "load/1.0").set("accept", "*/*"))
                .get()
                .uri('/' + path)
                .responseContent()
                .aggregate()
                .asString();
        Instruments instruments = instruments();
        loop.await(MacroApplication.back(instruments, server(BACK)).bind());
        HttpClient client = instruments.client(client("chain", BACK));
        loop.await(MacroApplication.front(instruments, server(FRONT), client).bind());
        String answer = exchange();
        if (!answer.equals(path.equals("fast") ? "fast" : "paid")) {
            throw new IllegalStateException(answer);
        }
    }

    private HttpServer server(int port) {
        return HttpServer.create()
                .runOn(loop)
                .bindAddress(() -> ManualLoop.address(port))
                // Connections inside the JVM do not have these.
                .option(ChannelOption.SO_REUSEADDR, null)
                .childOption(ChannelOption.TCP_NODELAY, null);
    }

    private HttpClient client(String name, int port) {
        return HttpClient.create(ConnectionProvider.create(name, 1))
                .runOn(loop)
                .resolver(ports)
                .baseUrl("http://shop:" + port);
    }

    private Instruments instruments() {
        return switch (mode) {
            case "none" -> Instruments.NONE;
            case "sdk" -> new SdkAlone(sdk(W3CTraceContextPropagator.getInstance(), new Uncollected()), "shop", BACK);
            case "weir" -> weir();
            case "micrometer" ->
                MicrometerTracing.install(sdk(W3CTraceContextPropagator.getInstance(), new Uncollected()));
            default -> throw new IllegalArgumentException(mode);
        };
    }

    private static Instruments weir() {
        TelemetryRuntime runtime = TelemetryRuntime.create();
        TracePropagation.enable(runtime);
        LatencyMetrics latencies = LatencyMetrics.builder().runtime(runtime).build();
        MetricReader reader = latencies.reader(new Uncollected(), Resource.empty(), name -> true);
        HttpTelemetry http = HttpTelemetry.builder(sdk(W3cPropagator.instance(), reader))
                .runtime(runtime)
                .outcomeListener(latencies.outcomes())
                .build();
        return new WeirHttp(http);
    }

    private static OpenTelemetrySdk sdk(TextMapPropagator propagator, MetricReader reader) {
        return OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(new Taking())
                        .build())
                .setMeterProvider(
                        SdkMeterProvider.builder().registerMetricReader(reader).build())
                .setPropagators(ContextPropagators.create(propagator))
                .build();
    }

    @Benchmark
    public String exchange() {
        return loop.await(exchange);
    }
}

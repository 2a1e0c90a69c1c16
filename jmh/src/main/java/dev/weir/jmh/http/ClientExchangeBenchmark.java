// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import dev.weir.context.w3c.W3cPropagator;
import dev.weir.core.spi.Outcome;
import dev.weir.http.HttpTelemetry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

/**
 * One call of a client on a kept-alive connection over loopback: {@code none} is Reactor Netty alone, {@code api} our instrumentation on an
 * OpenTelemetry without an SDK, {@code unsampled} and {@code sampled} on the SDK with a processor that does nothing. What answers sends
 * the same bytes each time, so that the differences between the modes are those of the client; B/op counts all threads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ClientExchangeBenchmark {

    private static final ByteBuf OK = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
            .writeBytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));

    @Param({"none", "api", "unsampled", "sampled"})
    String mode;

    private LoopResources loops;
    private ConnectionProvider pool;
    private DisposableServer server;
    private HttpClient.ResponseReceiver<?> call;
    volatile Outcome last;

    @Setup
    public void setup() {
        Quiet.logs();
        loops = LoopResources.create("client", 1, true);
        pool = ConnectionProvider.create("client", 1);
        server = TcpServer.create()
                .runOn(loops)
                .host("127.0.0.1")
                .port(0)
                // A request fits into one read, and each read is a request.
                .handle((in, out) -> out.send(in.receive().map(read -> OK.duplicate()), answer -> true))
                .bindNow();
        HttpClient client = HttpClient.create(pool).runOn(loops).baseUrl("http://127.0.0.1:" + server.port());
        if (!mode.equals("none")) {
            client = HttpTelemetry.builder(openTelemetry())
                    .durationMetrics(false)
                    .outcomeListener(outcome -> last = outcome)
                    .build()
                    .instrument(client);
        }
        call = client.get().uri("/orders/17?expand=true");
    }

    private OpenTelemetry openTelemetry() {
        if (mode.equals("api")) {
            return OpenTelemetry.noop();
        }
        return OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(mode.equals("sampled") ? Sampler.alwaysOn() : Sampler.alwaysOff())
                        .addSpanProcessor(new Taking())
                        .build())
                .setPropagators(ContextPropagators.create(W3cPropagator.instance()))
                .build();
    }

    @Benchmark
    public Object call() {
        return call.response().block();
    }

    @TearDown
    public void close() {
        server.disposeNow();
        pool.dispose();
        loops.dispose();
    }
}

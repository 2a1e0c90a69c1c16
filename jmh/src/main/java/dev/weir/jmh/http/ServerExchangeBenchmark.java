// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import dev.weir.context.w3c.W3cPropagator;
import dev.weir.core.spi.Outcome;
import dev.weir.http.HttpTelemetry;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One exchange through a pipeline in memory: {@code none} is the channel alone, {@code api} our handler on an OpenTelemetry without an SDK,
 * {@code unsampled} and {@code sampled} on the SDK with a processor that does nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ServerExchangeBenchmark {

    @Param({"none", "api", "unsampled", "sampled"})
    String mode;

    private EmbeddedChannel channel;
    private FullHttpRequest request;
    private FullHttpResponse response;
    private Outcome last;

    @Setup
    public void setup() {
        request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.GET, "/orders/17?expand=true", Unpooled.EMPTY_BUFFER);
        request.headers()
                .set(HttpHeaderNames.HOST, "shop:8080")
                .set(HttpHeaderNames.USER_AGENT, "benchmark")
                .set(HttpHeaderNames.ACCEPT, "*/*")
                .set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
        channel = new EmbeddedChannel();
        channel.pipeline().addLast(new Wire());
        if (!mode.equals("none")) {
            HttpTelemetry http = HttpTelemetry.builder(openTelemetry())
                    .durationMetrics(false)
                    .outcomeListener(outcome -> last = outcome)
                    .build();
            channel.pipeline().addLast(http.serverHandler());
        }
        channel.pipeline().addLast(new Application(response));
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
    public Object exchange() {
        channel.pipeline().fireChannelRead(request);
        return last;
    }

    /** Takes what is written: the write is over at once. */
    private static final class Wire extends ChannelOutboundHandlerAdapter {

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            promise.setSuccess();
        }
    }

    private static final class Application extends ChannelInboundHandlerAdapter {

        private final FullHttpResponse response;

        Application(FullHttpResponse response) {
            this.response = response;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.write(response);
        }
    }
}

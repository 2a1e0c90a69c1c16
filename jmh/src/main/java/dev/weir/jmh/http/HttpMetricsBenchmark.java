// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import dev.weir.http.HttpTelemetry;
import dev.weir.http.internal.HttpMetrics;
import dev.weir.jmh.metric.Uncollected;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.List;
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

/**
 * One exchange with the duration metric of an SDK: the attribute set of {@code remembered} is kept, that of {@code beyond} comes
 * after the bound of the sets that are kept, so it is built each time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HttpMetricsBenchmark {

    private static final List<HttpMethod> METHODS =
            List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE);

    @Param({"remembered", "beyond"})
    String sets;

    private EmbeddedChannel channel;
    private DefaultFullHttpRequest request;
    private FullHttpResponse response;

    @Setup
    public void setUp() {
        OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(Sampler.alwaysOff())
                        .build())
                .setMeterProvider(SdkMeterProvider.builder()
                        .registerMetricReader(new Uncollected())
                        .build())
                .build();
        HttpTelemetry http = HttpTelemetry.builder(sdk).build();
        channel = new EmbeddedChannel();
        channel.pipeline()
                .addLast(new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
                        promise.setSuccess();
                    }
                })
                .addLast(http.serverHandler())
                .addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext context, Object message) {
                        context.write(response);
                    }
                });
        exchange(HttpMethod.GET, 200);
        int other = 0;
        for (int i = 0; sets.equals("beyond") && i <= HttpMetrics.MAX_SETS; i++) {
            other = i;
            exchange(METHODS.get(i % METHODS.size()), 201 + i / METHODS.size());
        }
        request = request(sets.equals("beyond") ? METHODS.get(other % METHODS.size()) : HttpMethod.GET);
        response = response(sets.equals("beyond") ? 201 + other / METHODS.size() : 200);
    }

    private void exchange(HttpMethod method, int status) {
        response = response(status);
        channel.pipeline().fireChannelRead(request(method));
    }

    private static DefaultFullHttpRequest request(HttpMethod method) {
        return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/orders", Unpooled.EMPTY_BUFFER);
    }

    private static FullHttpResponse response(int status) {
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.EMPTY_BUFFER);
    }

    @Benchmark
    public Object exchange() {
        channel.pipeline().fireChannelRead(request);
        return response;
    }
}

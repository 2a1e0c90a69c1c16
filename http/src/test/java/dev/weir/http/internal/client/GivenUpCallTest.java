// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Ticker;
import dev.weir.core.internal.UrlRedactor;
import dev.weir.http.internal.ClientPolicy;
import dev.weir.http.internal.HeaderCaptures;
import dev.weir.http.internal.HttpInstrumenter;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.Methods;
import dev.weir.http.internal.PathPatterns;
import dev.weir.http.internal.ServerPolicy;
import dev.weir.http.internal.SpanPolicy;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientState;

/**
 * A call of HTTP/2 was cancelled while its connection was opening, and the event loop wrote the request at that very moment: once one
 * span told of a call that was never sent and another one of the send. Here the two meet at every point there is, on one thread.
 */
class GivenUpCallTest {

    /** When the call ends, seen from the write of its request. */
    enum Moment {
        BEFORE_THE_WRITE,
        /** The write happens inside: after the state was read, before it is acted upon. */
        AROUND_THE_WRITE,
        WHILE_THE_SPAN_STARTS,
        WHILE_THE_TRACE_IS_INJECTED,
        AFTER_THE_WRITE
    }

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder()
                    .setSampler(new MeetingSampler())
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build())
            .setPropagators(ContextPropagators.create(new MeetingPropagator()))
            .build();
    private final HttpInstrumenter instrumenter =
            new HttpInstrumenter(policy(), sdk, sdk.getTracer("test"), null, Ticker.system(), List.of());
    private final ClientInstrumentation owner = new ClientInstrumentation(instrumenter);
    private Runnable onSample = () -> {};
    private Runnable onInject = () -> {};

    @AfterEach
    void close() {
        sdk.close();
    }

    static Stream<Arguments> meetings() {
        return Stream.of(Moment.values())
                .flatMap(moment -> Stream.of(Arguments.of(moment, true), Arguments.of(moment, false)));
    }

    @ParameterizedTest(name = "{0}, cancel: {1}")
    @MethodSource("meetings")
    void callThatEndsWhileItsRequestIsWritten_isOneSpan(Moment moment, boolean cancelled) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline().addLast(NettyPipeline.ReactiveBridge, new ChannelInboundHandlerAdapter());
        Ended failed = new Ended();
        HttpClientConfig config =
                HttpClient.create().baseUrl("http://shop:8080").configuration();
        ClientCall call = new ClientCall(instrumenter, failed, Context.root(), config);
        Runnable end = cancelled ? call::cancel : () -> call.onError(new IOException("away"));
        FullHttpRequest request = request();
        Runnable write = () -> {
            owner.onStateChange(operations(channel, call), HttpClientState.REQUEST_PREPARED);
            channel.writeOutbound(request);
        };

        call.onSubscribe(new Upstream(moment == Moment.AROUND_THE_WRITE ? write : () -> {}));
        failed.onError = moment == Moment.AROUND_THE_WRITE ? write : () -> {};
        switch (moment) {
            case BEFORE_THE_WRITE -> {
                end.run();
                write.run();
            }
            case AROUND_THE_WRITE -> end.run();
            case WHILE_THE_SPAN_STARTS -> {
                onSample = end;
                write.run();
            }
            case WHILE_THE_TRACE_IS_INJECTED -> {
                onInject = end;
                write.run();
            }
            default -> {
                write.run();
                end.run();
            }
        }
        channel.finishAndReleaseAll();

        assertThat(instrumenter.open()).as("open exchanges").isZero();
        assertThat(exporter.getFinishedSpanItems()).hasSize(1).first().satisfies(span -> {
            assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
            assertThat(span.getAttributes().asMap().toString()).contains("shop");
            assertThat(span.getAttributes().asMap().toString().contains("java.io.IOException"))
                    .isEqualTo(!cancelled);
        });
        assertThat(instrumenter.failures()).isZero();
    }

    private static FullHttpRequest request() {
        FullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/x", Unpooled.EMPTY_BUFFER);
        request.headers().set("host", "shop:8080");
        return request;
    }

    /** What Reactor Netty would hand over: a connection that is a request. */
    private static Connection operations(EmbeddedChannel channel, ClientCall call) {
        Map<String, Object> answers = Map.of(
                "channel", channel, "currentContextView", call.currentContext(), "resourceUrl", "http://shop:8080/x");
        return (Connection) Proxy.newProxyInstance(
                GivenUpCallTest.class.getClassLoader(),
                new Class<?>[] {Connection.class, HttpClientRequest.class},
                (proxy, method, arguments) -> answers.get(method.getName()));
    }

    private static HttpPolicy policy() {
        UrlRedactor redactor = new UrlRedactor(Set.of());
        HeaderCaptures nothing = HeaderCaptures.of(Set.of(), Set.of(), redactor);
        return new HttpPolicy(
                new SpanPolicy(true, true, false),
                false,
                new Methods(Methods.STANDARD),
                redactor,
                new ServerPolicy(true, null, PathPatterns.of(Set.of()), nothing),
                new ClientPolicy(true, nothing));
    }

    private record Upstream(Runnable onCancel) implements Subscription {

        @Override
        public void request(long n) {}

        @Override
        public void cancel() {
            onCancel.run();
        }
    }

    private static final class Ended extends BaseSubscriber<Connection> {

        Runnable onError = () -> {};

        @Override
        protected void hookOnError(Throwable failure) {
            onError.run();
        }
    }

    private final class MeetingSampler implements Sampler {

        @Override
        public SamplingResult shouldSample(
                Context parent,
                String traceId,
                String name,
                SpanKind kind,
                Attributes attributes,
                List<LinkData> links) {
            onSample.run();
            return SamplingResult.recordAndSample();
        }

        @Override
        public String getDescription() {
            return "meeting";
        }
    }

    private final class MeetingPropagator implements TextMapPropagator {

        private final TextMapPropagator target = W3CTraceContextPropagator.getInstance();

        @Override
        public Collection<String> fields() {
            return target.fields();
        }

        @Override
        public <C> void inject(Context context, C carrier, TextMapSetter<C> setter) {
            onInject.run();
            target.inject(context, carrier, setter);
        }

        @Override
        public <C> Context extract(Context context, C carrier, TextMapGetter<C> getter) {
            return target.extract(context, carrier, getter);
        }
    }
}

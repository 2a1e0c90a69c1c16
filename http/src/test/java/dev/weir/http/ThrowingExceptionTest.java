// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.PrintWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.TcpServer;

/** An exception is user code: one whose methods throw costs neither the span nor the metric nor the outcome. */
class ThrowingExceptionTest {

    enum Method {
        MESSAGE,
        CAUSE,
        STACK,
        TEXT
    }

    /** Throws from one of its methods. */
    @SuppressWarnings("serial")
    static final class Hostile extends RuntimeException {

        private final Method method;

        Hostile(Method method) {
            super("hostile");
            this.method = method;
        }

        private void at(Method asked) {
            if (method == asked) {
                throw new StackOverflowError("as asked, at " + asked);
            }
        }

        @Override
        public String getMessage() {
            at(Method.MESSAGE);
            return super.getMessage();
        }

        @Override
        public synchronized Throwable getCause() {
            at(Method.CAUSE);
            return super.getCause();
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            at(Method.STACK);
            return super.getStackTrace();
        }

        @Override
        public void printStackTrace(PrintWriter writer) {
            at(Method.STACK);
            super.printStackTrace(writer);
        }

        @Override
        public String toString() {
            at(Method.TEXT);
            return "Hostile";
        }
    }

    @ParameterizedTest
    @EnumSource
    void failureOfAServersHandler_isToldAllTheSame(Method method) {
        HttpFixture it = new HttpFixture();
        try {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) ->
                            res.sendString(Flux.just("begun").concatWith(Mono.error(new Hostile(method))))));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n").readUntil("begun");
            }

            SpanData span = it.serverSpan();
            assertThat(text(span, "error.type")).isEqualTo(Hostile.class.getName());
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            assertThat(span.getEvents())
                    .singleElement()
                    .satisfies(event -> assertThat(event.getAttributes().get(AttributeKey.stringKey("exception.type")))
                            .isEqualTo(Hostile.class.getName()));
            assertThat(it.outcomes)
                    .singleElement()
                    .satisfies(outcome -> assertThat(outcome.errorType()).isEqualTo(Hostile.class.getName()));
            assertThat(it.metric("http.server.request.duration")
                            .getHistogramData()
                            .getPoints())
                    .singleElement()
                    .satisfies(point -> assertThat(point.getCount()).isEqualTo(1));
            it.awaitNothingOpen();
        } finally {
            it.release();
        }
    }

    @ParameterizedTest
    @EnumSource
    void failureOfAConnection_isToldAllTheSame(Method method) {
        HttpFixture it = new HttpFixture(b -> b.connectionSpans(true));
        try {
            DisposableServer server = it.http
                    .instrument(TcpServer.create())
                    .host("127.0.0.1")
                    .port(0)
                    .doOnChannelInit((observer, channel, remote) -> channel.pipeline()
                            .addFirst(new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                                    io.netty.util.ReferenceCountUtil.release(msg);
                                    ctx.fireExceptionCaught(new Hostile(method));
                                    ctx.close();
                                }
                            }))
                    .handle((in, out) -> in.receive().then())
                    .bindNow();
            try (RawClient client = new RawClient(server.port())) {
                client.send("x").readAll();
            } finally {
                server.disposeNow();
            }

            await().atMost(LIMIT)
                    .untilAsserted(
                            () -> assertThat(it.exporter.getFinishedSpanItems()).hasSize(1));
            SpanData span = it.span(SpanKind.SERVER, 1);
            assertThat(text(span, "error.type")).isEqualTo(Hostile.class.getName());
        } finally {
            it.release();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Of a request that cannot be decoded, a span says what was there, and nothing that a decoder made up. */
class UndecodableRequestTest {

    private static void isDecodeFailure(HttpFixture it, SpanData span) {
        assertThat(text(span, "error.type")).isEqualTo("decode_failure");
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(it.outcomes)
                .singleElement()
                .satisfies(outcome -> assertThat(outcome.errorType()).isEqualTo("decode_failure"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "GARBAGE|400|-|-|-",
                "GET /api/login?user=%LONG% HTTP/1.1~Host: a|414|-|-|-",
                "GET /v1/mypath/[%20HTTP/2~Host: a|400|-|-|-",
                "GET /x HTTP/1.1~Host: a~bad header: 1|400|-|1.1|/x",
                "BREW /x HTTP/1.1~Host: a~bad header: 1|400|BREW|1.1|/x",
                "GET /x HTTP/1.0~Host: a:xyz|400|-|1.0|/x",
            })
    void head_tellsOnlyWhatWasSent(String request, int status, String original, String version, String path) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> res.send()));

            try (RawClient client = new RawClient(server.port())) {
                client.send(request.replace("~", "\r\n").replace("%LONG%", "l".repeat(20_000)) + "\r\n\r\n")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(status);
            assertThat(text(span, "http.request.method"))
                    .isEqualTo(path != null && original == null ? "GET" : "_OTHER");
            assertThat(text(span, "http.request.method_original")).isEqualTo(original);
            assertThat(text(span, "network.protocol.version")).isEqualTo(version);
            assertThat(text(span, "url.path")).isEqualTo(path == null ? "" : path);
            isDecodeFailure(it, span);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zzzz\r\n", "3\r\nabc\r\nzzzz\r\n"})
    void chunk_isADecodeFailureOfTheRequestsOwnSpan(String chunks) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.post(
                    "/up", (req, res) -> res.send(req.receive().aggregate().retain())));

            String answer;
            try (RawClient client = new RawClient(server.port())) {
                answer = client.send("POST /up HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
                        .readAll();
            }

            assertThat(answer).startsWith("HTTP/1.1 400");
            SpanData span = it.serverSpan();
            assertThat(span.getName()).isEqualTo("POST /up");
            assertThat(number(span, "http.response.status_code")).isEqualTo(400);
            isDecodeFailure(it, span);
        }
    }

    @Test
    void bodyThatIsAnsweredBeforeItCame_isNoFailure() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(
                    routes -> routes.post("/up", (req, res) -> res.status(400).send()));

            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n")
                        .readUntil("\r\n\r\n");
                SpanData span = it.serverSpan();
                assertThat(text(span, "error.type")).isNull();
                assertThat(number(span, "http.response.status_code")).isEqualTo(400);
            }
        }
    }

    /** On Netty alone the decoder's result is in the message, and the application answers. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {"GARBAGE~~|_OTHER|-|", "GET /x HTTP/1.1~Host: a~bad header: 1~~|GET|1.1|/x"})
    void plainNetty_looksAtTheDecodersResult(String request, String method, String version, String path) {
        try (HttpFixture it = new HttpFixture()) {
            EmbeddedChannel channel = channel(it);

            channel.writeInbound(Unpooled.copiedBuffer(request.replace("~", "\r\n"), StandardCharsets.ISO_8859_1));

            SpanData span = it.serverSpan();
            assertThat(text(span, "http.request.method")).isEqualTo(method);
            assertThat(text(span, "http.request.method_original")).isNull();
            assertThat(text(span, "network.protocol.version")).isEqualTo(version);
            assertThat(text(span, "url.path")).isEqualTo(path == null ? "" : path);
            assertThat(number(span, "http.response.status_code")).isEqualTo(400);
            isDecodeFailure(it, span);
            channel.finishAndReleaseAll();
        }
    }

    private static EmbeddedChannel channel(HttpFixture it) {
        return new EmbeddedChannel(new HttpServerCodec(), it.http.serverHandler(), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                if (msg instanceof HttpRequest request) {
                    boolean failed = request.decoderResult().isFailure();
                    ctx.writeAndFlush(new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            failed ? HttpResponseStatus.BAD_REQUEST : HttpResponseStatus.OK,
                            Unpooled.EMPTY_BUFFER));
                }
                ReferenceCountUtil.release(msg);
            }
        });
    }

    @Test
    void chunkAfterAnAnswerThatHasBegun_isADecodeFailure() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> res.sendString(
                            Flux.just("begun").concatWith(req.receive().then(Mono.<String>empty())))));

            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /up HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .readUntil("begun");
                client.send("zzzz\r\n").readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(text(span, "error.type")).isEqualTo("decode_failure");
        }
    }
}

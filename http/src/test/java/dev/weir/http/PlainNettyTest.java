// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The handler in a pipeline without Reactor Netty. */
class PlainNettyTest {

    private static DefaultFullHttpRequest request(String uri) {
        DefaultFullHttpRequest request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, uri, Unpooled.EMPTY_BUFFER);
        request.headers().set("host", "test:80");
        return request;
    }

    private static DefaultFullHttpResponse response(int status) {
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.EMPTY_BUFFER);
    }

    @Test
    void pipelinedRequests_getTheResponsesInOrder() {
        try (HttpFixture it = new HttpFixture()) {
            EmbeddedChannel channel = new EmbeddedChannel(it.http.serverHandler());

            channel.writeInbound(request("/a"), request("/b"), request("/c"));
            channel.writeOutbound(response(200), response(404), response(503));

            List<SpanData> spans = it.spans(3);
            assertThat(spans).extracting(s -> text(s, "url.path")).containsExactly("/a", "/b", "/c");
            assertThat(spans)
                    .extracting(s -> number(s, "http.response.status_code"))
                    .containsExactly(200L, 404L, 503L);
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void closedChannel_endsAllThatWait() {
        try (HttpFixture it = new HttpFixture()) {
            EmbeddedChannel channel = new EmbeddedChannel(it.http.serverHandler());

            channel.writeInbound(request("/a"), request("/b"));
            channel.finishAndReleaseAll();

            assertThat(it.spans(2))
                    .allSatisfy(s ->
                            assertThat(text(s, "error.type")).isEqualTo("java.nio.channels.ClosedChannelException"));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Connections that are not HTTP. */
class ConnectionSpanTest {

    @Test
    void connection_isASpanWithItsBytesAtEachEnd() {
        try (HttpFixture it = new HttpFixture(b -> b.connectionSpans(true))) {
            AtomicReference<String> seen = new AtomicReference<>();
            DisposableServer server = it.http
                    .instrument(TcpServer.create())
                    .host("127.0.0.1")
                    .port(0)
                    .handle((in, out) -> out.sendString(in.receive().asString().map(text -> {
                        seen.set(Span.current().getSpanContext().getSpanId());
                        return text + "!";
                    })))
                    .bindNow();

            Connection connection = it.http
                    .instrument(TcpClient.create())
                    .host("127.0.0.1")
                    .port(server.port())
                    .connectNow();
            String answer = connection
                    .outbound()
                    .sendString(Mono.just("hello"))
                    .then()
                    .thenMany(connection.inbound().receive().asString().take(1))
                    .blockLast(LIMIT);
            connection.disposeNow();

            assertThat(answer).isEqualTo("hello!");
            var served = it.span(SpanKind.SERVER, 2);
            assertThat(number(served, "weir.connection.received_bytes")).isEqualTo(5);
            assertThat(number(served, "weir.connection.sent_bytes")).isEqualTo(6);
            assertThat(text(served, "network.transport")).isEqualTo("tcp");
            assertThat(served.getSpanId()).isEqualTo(seen.get());
            assertThat(number(it.span(SpanKind.CLIENT, 2), "weir.connection.sent_bytes"))
                    .isEqualTo(5);
            server.disposeNow();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = false)
    void withoutBeingAsked_nothingIsAdded(boolean asked) {
        try (HttpFixture it = new HttpFixture(b -> b.connectionSpans(asked))) {
            TcpServer server = TcpServer.create();

            assertThat(it.http.instrument(server)).isSameAs(server);
        }
    }
}

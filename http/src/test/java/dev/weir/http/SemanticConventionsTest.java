// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.TcpServer;

/** The attributes of the stable HTTP conventions, name by name, for heads as they come on the wire. */
class SemanticConventionsTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "GET /a?b=c HTTP/1.1~Host: shop.test:81|GET|GET|-|/a|b=c|shop.test|81|1.1",
                "GET /a HTTP/1.1~Host: shop.test|GET|GET|-|/a|-|shop.test|80|1.1",
                "GET /a? HTTP/1.1~Host: [::1]:81|GET|GET|-|/a|-|::1|81|1.1",
                "GET /a HTTP/1.0|GET|GET|-|/a|-|-|-|1.0",
                "GET http://else.test:82/a?x HTTP/1.1~Host: shop.test|GET|GET|-|/a|x|shop.test|80|1.1",
                "OPTIONS * HTTP/1.1~Host: shop.test|OPTIONS|OPTIONS|-|*|-|shop.test|80|1.1",
                "QUERY /a HTTP/1.1~Host: shop.test|QUERY|QUERY|-|/a|-|shop.test|80|1.1",
                "get /a HTTP/1.1~Host: shop.test|HTTP|_OTHER|get|/a|-|shop.test|80|1.1",
                "PURGE /a HTTP/1.1~Host: shop.test|HTTP|_OTHER|PURGE|/a|-|shop.test|80|1.1",
            })
    void headOfARequest_givesTheAttributesOfTheServersSpan(
            String head,
            String name,
            String method,
            String original,
            String path,
            String query,
            String address,
            Long port,
            String version) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> res.send()));

            try (RawClient raw = new RawClient(server.port())) {
                raw.send(head.replace("~", "\r\n") + "\r\nUser-Agent: raw\r\nConnection: close\r\n\r\n")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(span.getName()).isEqualTo(name);
            assertThat(span.getKind()).isEqualTo(SpanKind.SERVER);
            assertThat(text(span, "http.request.method")).isEqualTo(method);
            assertThat(text(span, "http.request.method_original")).isEqualTo(original);
            assertThat(text(span, "url.path")).isEqualTo(path);
            assertThat(text(span, "url.query")).isEqualTo(query);
            assertThat(text(span, "url.scheme")).isEqualTo("http");
            assertThat(text(span, "server.address")).isEqualTo(address);
            assertThat(number(span, "server.port")).isEqualTo(port);
            assertThat(text(span, "network.protocol.version")).isEqualTo(version);
            assertThat(text(span, "client.address")).isEqualTo("127.0.0.1");
            assertThat(text(span, "network.peer.address")).isEqualTo("127.0.0.1");
            assertThat(number(span, "network.peer.port")).isPositive();
            assertThat(text(span, "user_agent.original")).isEqualTo("raw");
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        }
    }

    @Test
    void whatIsOptIn_isAbsentByDefault() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get("/x", (req, res) -> res.send()));

            it.client(server).get().uri("/x").response().block(LIMIT);

            Set<String> both = Set.of(
                    "http.request.method",
                    "http.response.status_code",
                    "network.peer.address",
                    "network.peer.port",
                    "network.protocol.version",
                    "server.address",
                    "server.port");
            assertThat(it.spans(2)).allSatisfy(span -> {
                Set<String> own = span.getKind() == SpanKind.CLIENT
                        ? Set.of("url.full")
                        : Set.of("http.route", "url.path", "url.scheme", "client.address", "user_agent.original");
                assertThat(span.getAttributes().asMap().keySet().stream()
                                .map(AttributeKey::getKey)
                                .filter(key -> !both.contains(key))
                                .collect(Collectors.toSet()))
                        .isEqualTo(own);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "AWSAccessKeyId",
        "Signature",
        "sig",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Goog-Signature"
    })
    void knownSecret_isInNoAttributeOfEitherSide(String parameter) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get("/x", (req, res) -> res.send()));

            it.client(server)
                    .get()
                    .uri("/x?a=1&" + parameter + "=tell-nobody&b=2")
                    .response()
                    .block(LIMIT);

            assertThat(it.spans(2))
                    .allSatisfy(span -> assertThat(span.toString())
                            .doesNotContain("tell-nobody")
                            .contains("a=1&" + parameter + "=REDACTED&b=2"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~content-length: 1~~x|GET|200|-|1.1",
                "HTTP/1.1 103 Early Hints~link: </a>~~|GET|103|-|1.1",
                "HTTP/1.1 200 OK~content-length: 7~~|HEAD|200|-|1.1",
                "HTTP/1.1 204 No Content~~|GET|204|-|1.1",
                "HTTP/1.1 304 Not Modified~~|GET|304|-|1.1",
                "HTTP/1.1 200 OK~transfer-encoding: chunked~~1~x~0~~|GET|200|-|1.1",
                "HTTP/1.1 404 Not Found~content-length: 0~~|POST|404|404|1.1",
                "HTTP/1.1 500 Oh~content-length: 0~~|PUT|500|500|1.1",
            })
    void answerOnTheWire_givesTheAttributesOfTheClientsSpan(
            String answer, String method, long status, String errorType, String version) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = answering(answer.replace("~", "\r\n"));
            try {
                it.http
                        .instrument(HttpClient.create(it.pool))
                        .baseUrl("http://127.0.0.1:" + server.port())
                        .request(io.netty.handler.codec.http.HttpMethod.valueOf(method))
                        .uri("/x")
                        .responseContent()
                        .blockLast(LIMIT);
            } finally {
                server.disposeNow();
            }

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(span.getName()).isEqualTo(method);
            assertThat(number(span, "http.response.status_code")).isEqualTo(status);
            assertThat(text(span, "error.type")).isEqualTo(errorType);
            assertThat(text(span, "network.protocol.version")).isEqualTo(version);
            assertThat(span.getStatus().getStatusCode())
                    .isEqualTo(errorType == null ? StatusCode.UNSET : StatusCode.ERROR);
            assertThat(span.getStatus().getDescription()).isEmpty();
        }
    }

    /** Says the same whatever it is asked. */
    private static DisposableServer answering(String text) {
        return TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) -> in.receive()
                        .asString(StandardCharsets.ISO_8859_1)
                        .concatMap(head -> out.sendString(Mono.just(text)))
                        .then())
                .bindNow();
    }

    /** A pooled connection knows the address that it was opened for: what a span says comes from its own request's URL. */
    @Test
    void clientSpansOfOnePool_nameTheServerOfTheirOwnUrl() {
        try (HttpFixture it = new HttpFixture()) {
            List<DisposableServer> servers = List.of(
                    it.bind(HttpServer.create().handle((req, res) -> res.send())),
                    it.bind(HttpServer.create().handle((req, res) -> res.send())));
            HttpClient client = it.http.instrument(HttpClient.create(it.pool));

            for (int i = 0; i < 20; i++) {
                String host = i % 3 == 0 ? "localhost" : "127.0.0.1";
                client.get()
                        .uri("http://" + host + ':' + servers.get(i % 2).port() + '/' + i)
                        .response()
                        .block(LIMIT);
            }

            assertThat(it.spans(20)).allSatisfy(span -> {
                int i = Integer.parseInt(text(span, "url.full").replaceAll(".*/", ""));
                assertThat(text(span, "server.address")).isEqualTo(i % 3 == 0 ? "localhost" : "127.0.0.1");
                assertThat(number(span, "server.port"))
                        .isEqualTo(servers.get(i % 2).port());
                assertThat(number(span, "network.peer.port"))
                        .isEqualTo(servers.get(i % 2).port());
            });
        }
    }

    @Test
    void seriesOfDurations_stayFewWhateverIsAskedFor() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .route(it.http.routes(r -> r.get("/a", (req, res) -> res.send()))));

            for (int i = 0; i < 60; i++) {
                try (RawClient raw = new RawClient(server.port())) {
                    raw.send("M" + i + " /p" + i + "?q=" + i + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                            .readAll();
                }
            }
            it.awaitNothingOpen();

            assertThat(it.metric("http.server.request.duration")
                            .getHistogramData()
                            .getPoints())
                    .singleElement()
                    .satisfies(point -> {
                        assertThat(point.getCount()).isEqualTo(60);
                        assertThat(point.getAttributes().get(AttributeKey.stringKey("http.request.method")))
                                .isEqualTo("_OTHER");
                    });
        }
    }
}

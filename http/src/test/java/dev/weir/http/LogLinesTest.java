// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.weir.context.TracePropagation;
import dev.weir.core.internal.CurrentSpan;
import dev.weir.core.internal.HexIds;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;

/** A log line of a request carries the ids of its span, on whatever thread it is written; many requests at once, one event loop. */
class LogLinesTest {

    private static final int REQUESTS = 40;

    /** A line: which request it says it is of, and the ids that an appender sees on the thread that writes it. */
    private record Line(String request, String where, String thread, String traceId, String spanId) {}

    private final Queue<Line> lines = new ConcurrentLinkedQueue<>();
    private final LoggerContext loggers = new LoggerContext();
    private Logger log = loggers.getLogger("test");
    private TracePropagation propagation;

    @BeforeEach
    void start() {
        propagation = TracePropagation.enable();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                CurrentSpan ids = CurrentSpan.get();
                Object[] arguments = event.getArgumentArray();
                lines.add(new Line(
                        (String) arguments[0],
                        (String) arguments[1],
                        event.getThreadName(),
                        HexIds.traceId(ids.traceIdHigh(), ids.traceIdLow()),
                        HexIds.spanId(ids.spanId())));
            }
        };
        appender.setContext(loggers);
        appender.start();
        log = loggers.getLogger("test");
        log.setLevel(Level.INFO);
        log.addAppender(appender);
    }

    @AfterEach
    void stop() {
        propagation.close();
        loggers.stop();
    }

    private void line(String request, String where) {
        log.info("{} {}", request, where);
    }

    @ParameterizedTest
    @EnumSource(ProtocolTest.Wire.class)
    void linesOfAServer_carryTheIdsOfTheirRequest(ProtocolTest.Wire wire) throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer back =
                    it.serve(routes -> routes.get("/pay", (req, res) -> res.sendString(Mono.just("paid"))));
            HttpClient pay = it.client(back);
            DisposableServer server = it.bind(wire.server(it)
                    .route(it.http.routes(routes -> routes.get("/{id}", (req, res) -> {
                        String id = req.param("id");
                        line(id, "handler");
                        return res.sendString(Mono.just("x")
                                .doOnNext(x -> line(id, "operator"))
                                .delayElement(Duration.ofMillis(2))
                                .doOnNext(x -> line(id, "after a delay"))
                                .flatMap(x -> pay.get()
                                        .uri("/pay")
                                        .responseContent()
                                        .aggregate()
                                        .asString())
                                .doOnNext(x -> line(id, "after a call"))
                                .publishOn(Schedulers.parallel())
                                .doOnNext(x -> line(id, "after a hop"))
                                .doFinally(signal -> line(id, "at the end")));
                    }))));

            get(it.http.instrument(wire.client(it, server)), REQUESTS);
            it.awaitNothingOpen();

            Map<String, SpanData> spans = new HashMap<>();
            it.exporter.getFinishedSpanItems().stream()
                    .filter(span -> span.getKind() == SpanKind.SERVER && !"/pay".equals(text(span, "url.path")))
                    .forEach(span -> spans.put(text(span, "url.path").substring(1), span));
            assertThat(spans).hasSize(REQUESTS);
            assertThat(lines).hasSize(6 * REQUESTS).allSatisfy(line -> {
                assertThat(line.traceId)
                        .as("%s", line)
                        .isEqualTo(spans.get(line.request).getTraceId());
                assertThat(line.spanId)
                        .as("%s", line)
                        .isEqualTo(spans.get(line.request).getSpanId());
            });
            assertThat(lines)
                    .filteredOn(line -> line.where.equals("handler"))
                    .allSatisfy(line -> assertThat(line.thread).startsWith("reactor-http"));
        }
    }

    @Test
    void linesOfAClientsCallbacks_carryTheIdsOfTheCaller() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/{id}", (req, res) -> res.sendString(Mono.just("x"))));
            Map<String, Span> callers = new HashMap<>();
            HttpClient client = it.client(server)
                    .doOnResponse((response, connection) -> line(id(response.path()), "response"))
                    .doAfterResponseSuccess((response, connection) -> line(id(response.path()), "success"));

            Flux.range(0, REQUESTS)
                    .flatMap(i -> {
                        Span caller =
                                it.tracer().spanBuilder("caller").setNoParent().startSpan();
                        callers.put(Integer.toString(i), caller);
                        return dev.weir.context.Traced.with(
                                client.get()
                                        .uri("/" + i)
                                        .responseContent()
                                        .aggregate()
                                        .asString()
                                        .doOnNext(body -> line(Integer.toString(i), "body")),
                                io.opentelemetry.context.Context.root().with(caller));
                    })
                    .blockLast(LIMIT);
            it.awaitNothingOpen();

            callers.values().forEach(Span::end);
            assertThat(lines).hasSize(3 * REQUESTS).allSatisfy(line -> {
                assertThat(line.thread).startsWith("reactor-http");
                assertThat(line.spanId)
                        .as("%s", line)
                        .isEqualTo(callers.get(line.request).getSpanContext().getSpanId());
            });
        }
    }

    private static String id(String path) {
        return path.startsWith("/") ? path.substring(1) : path;
    }

    private static void get(HttpClient client, int requests) {
        List<String> bodies = Flux.range(0, requests)
                .flatMap(i ->
                        client.get().uri("/" + i).responseContent().aggregate().asString())
                .collectList()
                .block(LIMIT);
        assertThat(bodies).hasSize(requests);
    }
}

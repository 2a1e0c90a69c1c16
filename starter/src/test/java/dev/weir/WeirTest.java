// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import dev.weir.core.testing.LedgerAssert;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

class WeirTest {

    @TempDir
    Path directory;

    private final List<LogRecord> lines = new CopyOnWriteArrayList<>();
    private final Logger weirs = Logger.getLogger("weir");
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord record) {
            lines.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        weirs.addHandler(listener);
        weirs.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        weirs.removeHandler(listener);
        weirs.setUseParentHandlers(true);
    }

    /** Nobody listens where the records go. */
    private WeirBuilder withoutReceiver() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return Weir.builder()
                    .serviceName("test")
                    .set("weir.log.directory", directory.toString())
                    .endpoint("http://127.0.0.1:" + free.getLocalPort());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "weir.metrics.window.intervals, 1, 2…720",
        "weir.log.ring.bytes, 12 parsecs, 64k…1g",
        "weir.otlp.linger, 0, 1ms…1m",
        "weir.banner, maybe, true or false",
    })
    void value_thatIsNotAllowed_isRefusedAtTheCall_andInTheSystemPropertiesSwitchesTheTelemetryOff(
            String name, String value, String allowed) {
        WeirBuilder builder = Weir.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.set(name, value))
                .withMessageContaining(name)
                .withMessageContaining('"' + value + '"')
                .withMessageContaining(allowed);

        System.setProperty(name, value);
        try {
            assertThat(builder.start().isEnabled()).isFalse();
        } finally {
            System.clearProperty(name);
        }
        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.SEVERE);
            assertThat(line.getMessage()).contains(name).contains(value).contains(allowed);
            assertThat(line.getThrown()).isNull();
        });
    }

    @Test
    void set_ofAnUnknownName_isRefusedWithTheNearest() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Weir.builder().set("weir.log.ring.byte", "4m"))
                .withMessage("unknown setting weir.log.ring.byte, did you mean weir.log.ring.bytes?");
    }

    @Test
    void builder_refusesWhatIsSetTwice_andNull() {
        WeirBuilder builder = Weir.builder()
                .serviceName("shop")
                .endpoint("http://127.0.0.1:1")
                .tap((signal, records, body) -> {})
                .registerGlobal();

        assertThatIllegalStateException()
                .isThrownBy(() -> builder.set("otel.service.name", "other"))
                .withMessage("otel.service.name is set twice, allowed: once");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.endpoint("http://127.0.0.1:2"))
                .withMessage("otel.exporter.otlp.endpoint is set twice, allowed: once");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.tap((signal, records, body) -> {}))
                .withMessage("tap is set twice, allowed: once");
        assertThatIllegalStateException()
                .isThrownBy(builder::registerGlobal)
                .withMessage("registerGlobal is set twice, allowed: once");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.set("weir.banner", null))
                .withMessage("weir.banner");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.set(null, "1"))
                .withMessage("name");
        assertThatNullPointerException().isThrownBy(() -> builder.tap(null)).withMessage("tap");
        assertThatNullPointerException()
                .isThrownBy(() -> Weir.builder().openTelemetry(null))
                .withMessage("openTelemetry");
        assertThatIllegalStateException()
                .isThrownBy(
                        () -> Weir.builder().openTelemetry(OpenTelemetry.noop()).openTelemetry(OpenTelemetry.noop()))
                .withMessage("openTelemetry is set twice, allowed: once");
    }

    @Test
    void value_ofOpenTelemetryWithoutAMeaning_isNamedInALine_andTheTelemetryRuns() throws IOException {
        try (Weir weir =
                withoutReceiver().set("otel.bsp.max.queue.size", "lots").start()) {
            assertThat(weir.isEnabled()).isTrue();
        }

        assertThat(lines)
                .filteredOn(line -> line.getMessage().contains("otel.bsp.max.queue.size is \"lots\", allowed: "))
                .singleElement()
                .satisfies(line -> assertThat(line.getLevel()).isEqualTo(Level.WARNING));
    }

    @Test
    void start_withSettingsThatContradict_isOffAndTheApplicationRuns() {
        Weir weir =
                Weir.builder().set("otel.exporter.otlp.client.key", "key.pem").start();

        assertThat(weir.isEnabled()).isFalse();
        assertThat(lines)
                .singleElement()
                .satisfies(line -> assertThat(line.getMessage()).contains("otel.exporter.otlp.client.certificate"));
        assertThat(threads()).isEmpty();
    }

    @Test
    void joiningAnSdk_andRegisteringIt_excludeEachOther_inAnyOrder() {
        WeirBuilder joining = Weir.builder().openTelemetry(OpenTelemetry.noop());
        WeirBuilder registering = Weir.builder().registerGlobal();

        assertThatIllegalStateException()
                .isThrownBy(joining::registerGlobal)
                .withMessageContaining("openTelemetry(…)")
                .withMessageContaining("registerGlobal()");
        assertThatIllegalStateException()
                .isThrownBy(() -> registering.openTelemetry(OpenTelemetry.noop()))
                .withMessageContaining("openTelemetry(…)")
                .withMessageContaining("registerGlobal()");
    }

    @Test
    void start_withTheFileOfAConfigurationByTheProgram_isOffAndSaysWhereItBelongs() {
        assertThat(Weir.builder().set("otel.config.file", "sdk.yaml").start().isEnabled())
                .isFalse();
        assertThat(lines)
                .singleElement()
                .satisfies(line -> assertThat(line.getMessage()).contains("otel.config.file is set by the program"));
    }

    @Test
    void start_whenTheSdkIsDisabled_isOff() {
        assertThat(Weir.builder().set("otel.sdk.disabled", "true").start().isEnabled())
                .isFalse();
    }

    @Test
    void everything_whenOff_isHarmless() {
        Weir weir = Weir.builder().set("otel.sdk.disabled", "true").start();
        HttpServer server = HttpServer.create();
        HttpClient client = HttpClient.create();

        assertThat(weir.instrument(server)).isSameAs(server);
        assertThat(weir.instrument(client)).isSameAs(client);
        assertThat(weir.openTelemetry()).isSameAs(OpenTelemetry.noop());
        assertThat(weir.latencies()).isEmpty();
        assertThat(weir.logPipe()).isEmpty();
        assertThat(weir.flush(Duration.ofSeconds(1))).isTrue();
        assertThat(weir.close(Duration.ofSeconds(1))).isEqualTo(CloseReport.NOTHING);
        LedgerAssert.assertConserved(weir.ledger());
    }

    @Test
    void start_withoutAReceiver_servesAndWarnsOnceWithoutAStackTrace() throws IOException {
        Weir weir = withoutReceiver().start();
        DisposableServer server = weir.instrument(HttpServer.create()
                        .host("127.0.0.1")
                        .port(0)
                        .route(weir.routes(routes -> routes.get(
                                "/hello/{name}", (request, response) -> response.sendString(Mono.just("hello"))))))
                .bindNow();
        HttpClient client = weir.instrument(HttpClient.create());

        for (int i = 0; i < 50; i++) {
            String answer = client.get()
                    .uri("http://127.0.0.1:" + server.port() + "/hello/" + i)
                    .responseSingle((response, body) -> body.asString())
                    .block(Duration.ofSeconds(5));
            assertThat(answer).isEqualTo("hello");
        }
        await().until(() -> lines.stream().anyMatch(line -> line.getLevel() == Level.WARNING));
        server.disposeNow();
        CloseReport report = weir.close(Duration.ofSeconds(3));

        assertThat(weir.ledger().of(Signal.TRACES).snapshot().produced()).isEqualTo(100);
        assertThat(report.delivered()).isZero();
        assertThat(report.stored() + report.lost()).isGreaterThanOrEqualTo(100);
        assertThat(lines)
                .filteredOn(line -> line.getLevel().intValue() >= Level.WARNING.intValue())
                .allSatisfy(line -> assertThat(line.getThrown()).isNull())
                .hasSizeLessThanOrEqualTo(2);
        for (Signal signal : Signal.values()) {
            assertThat(weir.ledger().of(signal).snapshot())
                    .satisfies(account -> assertThat(account.produced())
                            .isEqualTo(account.delivered() + account.queued() + account.droppedTotal()));
        }
    }

    @Test
    void start_printsAtMostFourLines() throws IOException {
        try (Weir weir = withoutReceiver().start()) {
            await().until(() -> blockLines().size() >= 4);

            assertThat(blockLines()).hasSize(4);
            assertThat(blockLines().get(0)).contains("service=test (from the program)");
            assertThat(blockLines().get(1)).contains("does not answer yet");
            assertThat(blockLines().get(3)).startsWith("pipe");
        }
    }

    private List<String> blockLines() {
        return lines.stream()
                .filter(line -> line.getLoggerName().equals(Weir.LOGGER))
                .map(LogRecord::getMessage)
                .toList();
    }

    @Test
    void start_addsTwoThreadsAndTakesThemAway() throws IOException {
        Weir weir = withoutReceiver().start();

        assertThat(threads()).containsExactlyInAnyOrder("weir-worker", "weir-io");
        weir.close(Duration.ofSeconds(2));

        await().until(() -> threads().isEmpty());
    }

    @Test
    void start_besideAnOpenTelemetryOfTheProgram_joinsIt() throws IOException {
        SdkTracerProvider tracers = SdkTracerProvider.builder().build();
        OpenTelemetry theirs =
                OpenTelemetrySdk.builder().setTracerProvider(tracers).build();

        try (Weir weir = withoutReceiver().openTelemetry(theirs).start()) {
            assertThat(weir.isEnabled()).isTrue();
            assertThat(weir.openTelemetry()).isSameAs(theirs);
            Span span =
                    weir.openTelemetry().getTracer("test").spanBuilder("mine").startSpan();
            span.end();
            assertThat(weir.ledger().of(Signal.TRACES).snapshot().produced())
                    .as("spans of the other SDK are its own")
                    .isZero();
        }
    }

    @Test
    void durations_areRecordedInWeirsCellsAndNotASecondTime() throws IOException {
        InMemoryMetricReader theirs = InMemoryMetricReader.create();
        try (SdkMeterProvider meters =
                        SdkMeterProvider.builder().registerMetricReader(theirs).build();
                Weir weir = withoutReceiver()
                        .openTelemetry(OpenTelemetrySdk.builder()
                                .setMeterProvider(meters)
                                .build())
                        .start()) {
            DisposableServer server = weir.instrument(
                            HttpServer.create().host("127.0.0.1").port(0))
                    .handle((request, response) -> response.send())
                    .bindNow();

            weir.instrument(HttpClient.create())
                    .get()
                    .uri("http://127.0.0.1:" + server.port() + "/")
                    .response()
                    .block(Duration.ofSeconds(30));

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(weir.latencies()).hasSize(2));
            assertThat(theirs.collectAllMetrics())
                    .extracting(MetricData::getName)
                    .doesNotContain("http.server.request.duration", "http.client.request.duration");
            server.disposeNow();
        }
    }

    @Test
    void headersOfW3c_areReadByOurPropagators() throws IOException {
        try (Weir weir = withoutReceiver().start()) {
            Map<String, String> headers = Map.of(
                    "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage", "user=7");

            Context found = weir.openTelemetry()
                    .getPropagators()
                    .getTextMapPropagator()
                    .extract(Context.root(), headers, new TextMapGetter<>() {
                        @Override
                        @SuppressWarnings("deprecation") // abstract in older versions
                        public Iterable<String> keys(Map<String, String> carrier) {
                            return carrier.keySet();
                        }

                        @Override
                        public String get(Map<String, String> carrier, String key) {
                            return carrier.get(key);
                        }
                    });

            assertThat(Span.fromContext(found).getSpanContext().getTraceId())
                    .isEqualTo("0af7651916cd43dd8448eb211c80319c");
            assertThat(Span.fromContext(found).getSpanContext().getClass().getName())
                    .startsWith("dev.weir.context.w3c.");
            assertThat(Baggage.fromContext(found).getEntryValue("user")).isEqualTo("7");
        }
    }

    @Test
    void close_again_saysTheSame() throws IOException {
        Weir weir = withoutReceiver().start();
        weir.openTelemetry().getTracer("test").spanBuilder("one").startSpan().end();

        CloseReport first = weir.close(Duration.ofSeconds(2));

        assertThat(weir.close(Duration.ofSeconds(2))).isEqualTo(first);
        assertThat(first.stored() + first.lost()).isGreaterThanOrEqualTo(1);
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("weir-"))
                .collect(Collectors.toSet());
    }
}

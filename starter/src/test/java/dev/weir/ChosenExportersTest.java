// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.weir.context.log.LogFields;
import dev.weir.core.Signal;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSpanExporterProvider;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code OTEL_*_EXPORTER} keeps its meaning: Weir takes only what is {@code otlp}. */
class ChosenExportersTest {

    private static final Logger LOG = LoggerFactory.getLogger("shop");

    @TempDir
    Path directory;

    private Weir weir;

    @AfterEach
    void end() {
        weir.close(Duration.ofMillis(100));
    }

    private WeirBuilder builder() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return Weir.builder()
                    .serviceName("test")
                    .set("weir.banner", "false")
                    .set("weir.log.directory", directory.toString())
                    .endpoint("http://127.0.0.1:" + free.getLocalPort());
        }
    }

    private long produced(Signal signal) {
        return weir.ledger().of(signal).snapshot().produced();
    }

    @Test
    void lines_areCaptured_whenNothingElseIsSaid() throws IOException {
        weir = builder().start();

        LOG.info("one");

        assertThat(produced(Signal.LOGS)).isEqualTo(1);
        assertThat(weir.logPipe()).isPresent();
    }

    @Test
    void lines_areLeftAlone_whenLogsGoElsewhere() throws IOException {
        weir = builder().set("otel.logs.exporter", "none").start();

        LOG.info("one");
        weir.openTelemetry()
                .getLogsBridge()
                .get("shop")
                .logRecordBuilder()
                .setBody("two")
                .emit();

        assertThat(produced(Signal.LOGS)).isZero();
        assertThat(weir.logPipe()).isEmpty();
    }

    @Test
    void besideAnotherSdk_linesAndLatencies_areLeftAlone_whenTheyGoElsewhere() throws IOException {
        weir = builder()
                .openTelemetry(OpenTelemetry.noop())
                .set("otel.logs.exporter", "none")
                .set("otel.metrics.exporter", "none")
                .start();
        LOG.info("one");
        weir.latencyMetrics().orElseThrow().serverDuration().record(1_000_000);
        weir.flush(Duration.ofSeconds(1));

        assertThat(produced(Signal.LOGS)).isZero();
        assertThat(produced(Signal.METRICS)).isZero();
    }

    @Test
    void anotherExporter_besideOtlp_getsTheSpansToo() throws IOException {
        Kept.SPANS.clear();
        weir = builder().set("otel.traces.exporter", "otlp, kept").start();
        weir.openTelemetry().getTracer("shop").spanBuilder("buy").startSpan().end();

        weir.close(Duration.ofMillis(100));

        assertThat(produced(Signal.TRACES)).isEqualTo(1);
        assertThat(Kept.SPANS).extracting(SpanData::getName).containsExactly("buy");
    }

    @Test
    void fieldsOfTheTrace_areInThePattern_andGoneAfterClose() throws IOException {
        LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();
        PatternLayout layout = new PatternLayout();
        layout.setContext(logback);
        layout.setPattern("%X{tenant} %X{span_id} %msg");
        layout.start();
        List<String> console = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                console.add(layout.doLayout(event));
            }
        };
        appender.setContext(logback);
        appender.start();
        ch.qos.logback.classic.Logger shop = logback.getLogger("shop");
        shop.addAppender(appender);
        weir = builder().start();
        Span span = weir.openTelemetry().getTracer("shop").spanBuilder("buy").startSpan();
        Context context = LogFields.put(Context.root().with(span), "tenant", "acme");
        try (Scope scope = context.makeCurrent()) {
            LOG.info("in");
        }
        weir.close(Duration.ofMillis(100));
        try (Scope scope = context.makeCurrent()) {
            LOG.info("out");
        }
        shop.detachAppender(appender);

        assertThat(console).containsExactly("acme " + span.getSpanContext().getSpanId() + " in", "  out");
    }

    /** An exporter that a user might have on the class path. */
    public static final class Kept implements ConfigurableSpanExporterProvider, SpanExporter {

        static final List<SpanData> SPANS = new CopyOnWriteArrayList<>();

        @Override
        public String getName() {
            return "kept";
        }

        @Override
        public SpanExporter createExporter(ConfigProperties config) {
            return this;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            SPANS.addAll(spans);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}

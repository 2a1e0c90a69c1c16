// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.status.Status;
import dev.weir.context.log.LogFields;
import dev.weir.core.Signal;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.MDCAdapter;

/** What Weir adds to Logback stays while it runs, is there once, and goes with it. */
class LogCaptureTest {

    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final MDCAdapter before = context.getMDCAdapter();
    private final Logger shop = context.getLogger("shop");
    private final ListAppender<ILoggingEvent> theirs = new ListAppender<>();

    @TempDir
    Path directory;

    private Weir weir;

    @BeforeEach
    void start() throws IOException {
        context.getStatusManager().clear();
        configure();
        weir = weir("one");
    }

    @AfterEach
    void close() {
        weir.close(Duration.ofMillis(100));
        context.reset();
        context.getLogger("ROOT").setLevel(Level.INFO);
    }

    private Weir weir(String name) throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return Weir.builder()
                    .serviceName(name)
                    .set("weir.banner", "false")
                    .set("weir.log.directory", directory.resolve(name).toString())
                    .endpoint("http://127.0.0.1:" + free.getLocalPort())
                    .start();
        }
    }

    /** Lines of one logger alone. */
    private void configure() {
        context.getLogger("ROOT").setLevel(Level.OFF);
        shop.setLevel(Level.INFO);
        shop.addAppender(theirs);
        theirs.start();
    }

    private static long lines(Weir of) {
        return of.ledger().of(Signal.LOGS).snapshot().produced();
    }

    @Test
    void afterAReset_linesAndFieldsAreThereAgain() {
        context.reset();
        configure();
        context.stop();
        context.reset();
        configure();
        Span span = weir.openTelemetry().getTracer("shop").spanBuilder("buy").startSpan();
        try (Scope scope =
                LogFields.put(Context.root().with(span), "tenant", "acme").makeCurrent()) {
            shop.info("a line");
            assertThat(theirs.list.get(0).getMDCPropertyMap())
                    .contains(
                            Map.entry("tenant", "acme"),
                            Map.entry("span_id", span.getSpanContext().getSpanId()));
        }

        assertThat(lines(weir)).isEqualTo(1);
    }

    @Test
    void loggerApart_isCapturedOnce() {
        shop.setAdditive(false);
        shop.info("one");
        shop.setAdditive(true);
        shop.info("two");

        assertThat(lines(weir)).isEqualTo(2);
    }

    @Test
    void ofTwoWeirs_theFirstCaptures_thenTheOther() throws IOException {
        Weir second = weir("two");
        shop.info("one");
        assertThat(lines(weir)).isEqualTo(1);
        assertThat(lines(second)).isZero();

        weir.close(Duration.ofMillis(100));
        shop.info("two");
        assertThat(lines(second)).isEqualTo(1);
        second.close(Duration.ofMillis(100));
        assertThat(context.getMDCAdapter()).isSameAs(before);
    }

    @Test
    void logbackHasNothingToWarnOf() {
        context.reset();
        configure();
        shop.info("one");
        weir.close(Duration.ofMillis(100));

        assertThat(context.getStatusManager().getCopyOfStatusList())
                .filteredOn(status -> status.getLevel() > Status.INFO)
                .isEmpty();
        assertThat(context.getMDCAdapter()).isSameAs(before);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.core.Registration;
import dev.weir.log.log4j.Log4jCapture;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Ids in log lines while all modules are there: what the application put under their names itself stays. */
class LineIdsTest {

    @TempDir
    Path directory;

    private Weir weir;
    private Span span;

    @BeforeEach
    void start() {
        weir = Weir.builder()
                .serviceName("test")
                .endpoint("http://127.0.0.1:1")
                .set("weir.banner", "false")
                .set("weir.log.directory", directory.toString())
                .start();
        span = weir.openTelemetry().getTracer("test").spanBuilder("buy").startSpan();
    }

    @AfterEach
    void end() {
        MDC.clear();
        ThreadContext.clearMap();
        weir.close(Duration.ofMillis(100));
    }

    @Test
    void logback_showsTheApplicationsOwn() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        context.getLogger("shop").addAppender(lines);
        MDC.put("trace_id", "mine");
        try (Scope scope = span.makeCurrent()) {
            context.getLogger("shop").warn("in");
            assertThat(lines.list.get(0).getMDCPropertyMap())
                    .isEqualTo(Map.of(
                            "trace_id", "mine",
                            "span_id", span.getSpanContext().getSpanId(),
                            "trace_flags", span.getSpanContext().getTraceFlags().asHex()));
            assertThat(context.getMDCAdapter().getCopyOfContextMap()).containsEntry("trace_id", "mine");
        } finally {
            context.getLogger("shop").detachAppender(lines);
        }
    }

    @Test
    void log4j_showsTheApplicationsOwn() {
        List<String> lines = new CopyOnWriteArrayList<>();
        PatternLayout layout = PatternLayout.newBuilder()
                .setPattern("%X{trace_id} %X{span_id} %m")
                .build();
        AbstractAppender console = new AbstractAppender("console", null, layout, true, Property.EMPTY_ARRAY) {
            @Override
            public void append(LogEvent event) {
                lines.add(layout.toSerializable(event));
            }
        };
        console.start();
        org.apache.logging.log4j.core.LoggerContext context = new org.apache.logging.log4j.core.LoggerContext("test");
        context.start();
        try (Registration capture = Log4jCapture.install(weir.logPipe().orElseThrow(), context);
                Scope scope = span.makeCurrent()) {
            context.getConfiguration().getRootLogger().setLevel(Level.INFO);
            context.getConfiguration().getRootLogger().addAppender(console, null, null);
            context.updateLoggers();
            context.getLogger("shop").info("ids");
            ThreadContext.put("trace_id", "mine");
            context.getLogger("shop").info("own");
        } finally {
            context.stop();
        }

        String spanId = span.getSpanContext().getSpanId();
        assertThat(lines)
                .containsExactly(span.getSpanContext().getTraceId() + " " + spanId + " ids", "mine " + spanId + " own");
    }
}

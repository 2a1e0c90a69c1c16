// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.core.OwnWork;
import dev.weir.core.Registration;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.slf4j.MarkerFactory;

class LogbackCaptureTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

    @Override
    protected Registration install() {
        context.setMDCAdapter(mdc);
        return LogbackCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    @Test
    void event_isRecordWithIdsOfTheCurrentSpan() {
        Logger logger = context.getLogger("dev.weir.demo.Shop");
        try (Scope scope = CURRENT.makeCurrent()) {
            logger.warn("paid {} for {}", 12, "tea");
        }

        Received.Line line = only();
        assertThat(line.scope()).isEqualTo("dev.weir.demo.Shop");
        assertThat(line.body()).isEqualTo("paid 12 for tea");
        assertThat(line.traceId()).isEqualTo(TRACE);
        assertThat(line.spanId()).isEqualTo(SPAN);
        assertThat(line.record().getFlags()).isEqualTo(1);
        assertThat(line.record().getSeverityNumberValue()).isEqualTo(13);
        assertThat(line.record().getSeverityText()).isEqualTo("WARN");
        assertThat(line.record().getTimeUnixNano()).isGreaterThan(1_700_000_000_000_000_000L);
        assertThat(line.attributes())
                .containsEntry("thread.name", Thread.currentThread().getName());
    }

    @Test
    void structuredEvent_hasItsValuesMarkerAndException() {
        Logger logger = context.getLogger("app");
        RuntimeException failure = new IllegalStateException("no", new RuntimeException("because"));
        logger.atError()
                .addMarker(MarkerFactory.getMarker("AUDIT"))
                .addKeyValue("order", 4711)
                .addKeyValue("price", 1.5)
                .addKeyValue("paid", true)
                .addKeyValue("who", "me")
                .setCause(failure)
                .log("failed");

        Received.Line line = only();
        assertThat(line.attributes())
                .containsEntry("order", 4711L)
                .containsEntry("price", 1.5)
                .containsEntry("paid", true)
                .containsEntry("who", "me")
                .containsEntry("logback.marker", "AUDIT")
                .containsEntry("exception.type", "java.lang.IllegalStateException")
                .containsEntry("exception.message", "no");
        assertThat((String) line.attributes().get("exception.stacktrace"))
                .startsWith("java.lang.IllegalStateException: no\n\tat ")
                .contains("Caused by: java.lang.RuntimeException: because");
        assertThat(line.record().getTraceId().isEmpty()).isTrue();
    }

    @Test
    void idsInTheMdc_areUsedWhenNoSpanIsCurrent() {
        mdc.put("trace_id", TRACE);
        mdc.put("span_id", SPAN);
        context.getLogger("app").info("from the MDC");
        mdc.clear();

        assertThat(only().traceId()).isEqualTo(TRACE);
    }

    @Test
    void ownAndChronicleLoggers_areLeftOut() {
        context.getLogger("weir.log").info("ours");
        context.getLogger("net.openhft.chronicle.core.Jvm").info("theirs");
        context.getLogger("dev.weir.demo").info("the application's");

        assertThat(only().body()).isEqualTo("the application's");
    }

    @Test
    void anyLogger_whileTheThreadWorksForWeir_isLeftOut_andTheApplicationsAppenderHasIt() {
        ListAppender<ILoggingEvent> theirs = new ListAppender<>();
        theirs.start();
        Logger logger = context.getLogger("reactor.netty.http.client.HttpClientConnect");
        logger.addAppender(theirs);
        OwnWork.run(() -> {
            logger.warn("Weir's connection");
            OwnWork.pause(() -> logger.warn("a callback of the application"));
        });

        assertThat(only().body()).isEqualTo("a callback of the application");
        assertThat(theirs.list).hasSize(2);
        assertThat(pipe.stats().dropped()).isZero();
    }

    @Test
    void loggingWhileLogging_isARecordOfItsOwnOrRefused_neverADeadlock() {
        Logger logger = context.getLogger("app");
        Object chatty = new Object() {
            @Override
            public String toString() {
                logger.info("inner");
                return "chatty";
            }
        };
        logger.info("outer {}", chatty);
        logger.atInfo().addKeyValue("key", chatty).log("structured");

        await().until(() -> pipe.held() == 0 && !received.notes.isEmpty() && received.lines.size() >= 3);
        assertThat(received.lines)
                .extracting(Received.Line::body)
                .containsExactly("inner", "outer chatty", "structured");
        assertThat(received.notes).containsExactly("1 log record was dropped (reentrant 1)");
        assertThat(pipe.stats().dropped()).as("inside the pipe it is refused").isEqualTo(1);
    }

    @Test
    void pattern_showsTheIdsOnlyWhileASpanIsCurrent_andKeepsTheApplicationsMdc() {
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.setPattern("%X{user} %X{trace_id} %X{span_id} %X{trace_flags} %msg");
        layout.start();
        List<String> console = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                console.add(layout.doLayout(event));
            }
        };
        appender.setContext(context);
        appender.start();
        context.getLogger("ROOT").addAppender(appender);
        mdc.put("user", "ada");
        try (Scope scope = CURRENT.makeCurrent()) {
            context.getLogger("app").info("in");
        }
        context.getLogger("app").info("out");
        mdc.clear();

        assertThat(console).containsExactly("ada " + TRACE + " " + SPAN + " 01 in", "ada    out");
        capture.close();
        assertThat(context.getMDCAdapter()).isSameAs(mdc);
    }

    /** Another part of Weir may already resolve the ids: then its map is handed on, and no copy is made. */
    @Test
    void mdcThatAlreadyHasIds_isHandedOnAsItIs() {
        LoggerContext other = new LoggerContext();
        LogbackMDCAdapter resolving = new LogbackMDCAdapter();
        resolving.put("trace_id", "resolved before");
        other.setMDCAdapter(resolving);
        Registration installed = SpanMdcAdapter.install(other);
        try (Scope scope = CURRENT.makeCurrent()) {
            assertThat(((LogbackMDCAdapter) other.getMDCAdapter()).getPropertyMap())
                    .isSameAs(resolving.getPropertyMap())
                    .containsOnly(Map.entry("trace_id", "resolved before"));
        }
        installed.close();
    }

    @Test
    void behindAnAsyncAppender_aWarningIsGiven() {
        WeirAppender appender = new WeirAppender();
        appender.setContext(context);
        appender.setPipe(pipe);
        appender.start();
        AsyncAppender async = new AsyncAppender();
        async.setContext(context);
        async.addAppender(appender);
        async.start();
        Logger logger = context.getLogger("async");
        logger.setAdditive(false);
        logger.setLevel(Level.INFO);
        logger.addAppender(async);

        logger.info("late");

        await().until(() -> context.getStatusManager().getCopyOfStatusList().stream()
                .anyMatch(status -> status.getMessage().contains("AsyncAppender")));
        async.stop();
    }
}

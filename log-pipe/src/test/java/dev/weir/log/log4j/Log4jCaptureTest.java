// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Registration;
import dev.weir.core.internal.OwnWork;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.context.Scope;
import io.opentelemetry.proto.common.v1.AnyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.Marker;
import org.apache.logging.log4j.MarkerManager;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.message.MapMessage;
import org.apache.logging.log4j.message.ParameterizedMessage;
import org.apache.logging.log4j.message.StringMapMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Log4jCaptureTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext("test");

    @Override
    protected Registration install() {
        context.start();
        context.getConfiguration().getRootLogger().setLevel(Level.TRACE);
        context.getConfiguration()
                .getRootLogger()
                .getAppenders()
                .keySet()
                .forEach(name -> context.getConfiguration().getRootLogger().removeAppender(name));
        context.updateLoggers();
        return Log4jCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    @Test
    void event_isRecordWithIdsOfTheCurrentSpan() {
        Logger logger = context.getLogger("dev.weir.demo.Shop");
        try (Scope scope = CURRENT.makeCurrent()) {
            logger.fatal("paid {} for {}", 12, "tea", new IllegalStateException("no"));
        }

        Received.Line line = only();
        assertThat(line.scope()).isEqualTo("dev.weir.demo.Shop");
        assertThat(line.body()).isEqualTo("paid 12 for tea");
        assertThat(line.traceId()).isEqualTo(TRACE);
        assertThat(line.spanId()).isEqualTo(SPAN);
        assertThat(line.record().getFlags()).isEqualTo(1);
        assertThat(line.record().getSeverityNumberValue()).isEqualTo(21);
        assertThat(line.attributes())
                .containsEntry("exception.type", "java.lang.IllegalStateException")
                .containsEntry("exception.message", "no")
                .containsKey("exception.stacktrace");
    }

    @Test
    void structuredMessage_hasItsValues() {
        context.getLogger("app").debug(new StringMapMessage().with("order", "4711"));

        Received.Line line = only();
        assertThat(line.attributes()).containsEntry("order", "4711");
        assertThat(line.record().getSeverityNumberValue()).isEqualTo(5);
    }

    @Test
    void idsAreInTheEvent_soThatAnotherThreadFindsThem() throws Exception {
        List<LogEvent> events = new ArrayList<>();
        List<String> console = new ArrayList<>();
        PatternLayout layout = PatternLayout.newBuilder()
                .setPattern("%X{trace_id} %X{span_id} %m")
                .build();
        AbstractAppender appender = new AbstractAppender("events", null, layout, true, Property.EMPTY_ARRAY) {
            @Override
            public void append(LogEvent event) {
                events.add(event.toImmutable());
                console.add(layout.toSerializable(event));
            }
        };
        appender.start();
        context.getConfiguration().getRootLogger().addAppender(appender, null, null);
        context.updateLoggers();
        try (Scope scope = CURRENT.makeCurrent()) {
            context.getLogger("app").info("hello");
        }
        only();
        received.lines.clear();

        Thread disruptor = new Thread(() -> new WeirLog4jAppender(pipe).append(events.get(0)));
        disruptor.start();
        disruptor.join();

        assertThat(only().traceId()).isEqualTo(TRACE);
        assertThat(console).containsExactly(TRACE + " " + SPAN + " hello");
    }

    @Test
    void reconfiguration_keepsTheCapture_andClosingEndsIt() {
        context.reconfigure();
        context.getLogger("app").error("after");
        assertThat(only().body()).isEqualTo("after");

        capture.close();
        context.getLogger("app").error("closed");
        await().until(() -> pipe.held() == 0);
        assertThat(received.lines).hasSize(1);
    }

    @Test
    void anyLogger_whileTheThreadWorksForWeir_isLeftOut() {
        Logger logger = context.getLogger("reactor.netty.http.client.HttpClientConnect");
        OwnWork.run(() -> {
            logger.warn("Weir's connection");
            OwnWork.pause(() -> logger.warn("a callback of the application"));
        });

        assertThat(only().body()).isEqualTo("a callback of the application");
        assertThat(pipe.stats().dropped()).isZero();
    }

    @Test
    void ownAndChronicleLoggers_areLeftOut_andLoggingWhileFormattingWorks() {
        Logger logger = context.getLogger("app");
        context.getLogger("weir.log").error("ours");
        context.getLogger("net.openhft.chronicle").error("theirs");
        logger.error("outer {}", new Object() {
            @Override
            public String toString() {
                logger.error("inner {}", 1);
                return "chatty";
            }
        });

        await().until(() -> pipe.held() == 0 && received.lines.size() == 2);
        assertThat(received.lines).extracting(Received.Line::body).containsExactly("inner 1", "outer chatty");
    }

    @Test
    void marker_withParents_isAnArray() {
        Marker money = MarkerManager.getMarker("MONEY");
        context.getLogger("app").info(MarkerManager.getMarker("AUDIT").setParents(money), "two");

        AnyValue names = (AnyValue) only().attributes().get("log4j.marker");
        assertThat(names.getArrayValue().getValuesList())
                .extracting(AnyValue::getStringValue)
                .containsExactly("AUDIT", "MONEY");
    }

    @ParameterizedTest
    @ValueSource(strings = {"argument", "late argument", "value", "exception", "cause"})
    void whatLogsWhileALineIsRead_isALineOfItsOwn(String where) {
        Logger logger = context.getLogger("app");
        Object value = new Object() {
            @Override
            public String toString() {
                logger.info("inner");
                return "chatty";
            }
        };
        Exception thrown = new IllegalStateException() {
            @Override
            public String getMessage() {
                return value.toString();
            }
        };
        switch (where) {
            case "argument" -> logger.info("outer {}", value);
            case "late argument" -> logger.info(new ParameterizedMessage("outer {}", value));
            case "value" -> logger.info(new MapMessage<>(Map.of("outer", value)));
            case "exception" -> logger.info("outer", thrown);
            default -> logger.info("outer", new RuntimeException("plain", thrown));
        }

        assertInnerAndThenOuterAreCaptured();
    }

    @Test
    void anExceptionThatLogsItself_endsAfterAFewLines() {
        Logger logger = context.getLogger("app");
        Exception endless = new IllegalStateException() {
            @Override
            public String getMessage() {
                logger.info("again", this);
                return "endless";
            }
        };
        logger.info("begin", endless);

        await().until(() -> pipe.held() == 0
                && received.lines.stream().anyMatch(line -> line.body().equals("begin")));
        assertThat(received.lines).hasSizeBetween(2, 200);
        assertThat(pipe.stats().dropped()).isZero();
    }

    @Test
    void idsThatTheApplicationPutItself_stayInItsLines_andTheRecordHasThoseOfTheSpan() {
        ThreadContext.put("trace_id", "1".repeat(32));
        ThreadContext.put("span_id", "2".repeat(16));
        List<String> shown = new ArrayList<>();
        PatternLayout layout = PatternLayout.newBuilder()
                .setPattern("%X{trace_id} %X{trace_flags} %m")
                .build();
        AbstractAppender console = new AbstractAppender("console", null, layout, true, Property.EMPTY_ARRAY) {
            @Override
            public void append(LogEvent event) {
                shown.add(layout.toSerializable(event));
            }
        };
        console.start();
        context.getConfiguration().getRootLogger().addAppender(console, null, null);
        try (Scope scope = CURRENT.makeCurrent()) {
            context.getLogger("app").info("in");
        }
        context.getLogger("app").info("out");
        ThreadContext.clearMap();

        assertThat(shown).containsExactly("1".repeat(32) + " 01 in", "1".repeat(32) + "  out");
        await().until(() -> pipe.held() == 0 && received.lines.size() == 2);
        assertThat(received.lines).extracting(Received.Line::traceId).containsExactly(TRACE, "1".repeat(32));
        assertThat(received.lines).extracting(Received.Line::spanId).containsExactly(SPAN, "2".repeat(16));
    }

    @Test
    void anyLogger_atAnyLevel_whileTheThreadWorksForWeir_isLeftOut() {
        Logger logger = context.getLogger("io.netty.channel");
        OwnWork.run(() -> {
            logger.debug("{} of Weir", "bytes");
            logger.trace("the same");
        });
        context.getLogger("weir.shop").debug("the application's");

        assertThat(only().body()).isEqualTo("the application's");
    }
}

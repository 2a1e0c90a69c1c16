// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.OwnWork;
import dev.weir.core.Registration;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.context.Scope;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.message.StringMapMessage;
import org.junit.jupiter.api.Test;

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
}

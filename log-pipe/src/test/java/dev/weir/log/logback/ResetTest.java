// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.BasicConfigurator;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.status.Status;
import dev.weir.core.Registration;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.context.Scope;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Whatever configures Logback anew, the capture is there again, and once. */
class ResetTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

    @Override
    protected Registration install() {
        context.setMDCAdapter(mdc);
        context.start();
        return LogbackCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    private void configure(String xml) throws JoranException {
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    }

    private static final String AUDIT_APART = """
            <configuration>
              <appender name="LIST" class="ch.qos.logback.core.read.ListAppender"/>
              <logger name="audit" level="INFO" additivity="false"><appender-ref ref="LIST"/></logger>
              <root level="WARN"><appender-ref ref="LIST"/></root>
            </configuration>
            """;

    @Test
    void afterAReset_linesAreCapturedOnce_andHaveTheirIds() {
        context.reset();
        context.reset();
        ListAppender<ILoggingEvent> theirs = new ListAppender<>();
        theirs.start();
        context.getLogger("ROOT").addAppender(theirs);
        try (Scope scope = CURRENT.makeCurrent()) {
            context.getLogger("app").info("after");
            assertThat(theirs.list.get(0).getMDCPropertyMap()).containsEntry("trace_id", TRACE);
        }

        assertThat(only().traceId()).isEqualTo(TRACE);
    }

    @Test
    void joran_withALoggerApart_levelsAndAdditivityAreThoseOfTheFile() throws JoranException {
        for (int i = 0; i < 3; i++) {
            context.reset();
            configure(AUDIT_APART);
        }
        context.getLogger("app").info("below the level");
        context.getLogger("app").warn("one");
        context.getLogger("audit").info("two");
        context.getLogger("audit.money").info("three");

        await().until(() -> pipe.held() == 0 && received.lines.size() == 3);
        assertThat(received.lines).extracting(Received.Line::body).containsExactlyInAnyOrder("one", "two", "three");
    }

    @Test
    void springBoot_stopsAndResetsBeforeItConfigures() {
        context.stop();
        context.reset();
        new BasicConfigurator().configure(context);
        context.getLogger("ROOT").setLevel(Level.INFO);
        context.start();
        context.getLogger("app").info("after");

        assertThat(only().body()).isEqualTo("after");
    }

    @Test
    void afterTheContextWasStopped_nothingIsCaptured_untilItIsStartedAgain() {
        Logger logger = context.getLogger("app");
        context.stop();
        logger.info("nobody listens");
        context.start();
        logger.info("again");

        assertThat(only().body()).isEqualTo("again");
    }

    @Test
    void takingAllAppendersOff_takesNotTheCapture() {
        Logger apart = context.getLogger("apart");
        apart.setAdditive(false);
        apart.info("one");
        context.getLogger("ROOT").detachAndStopAllAppenders();
        apart.detachAndStopAllAppenders();
        apart.info("two");
        context.getLogger("app").info("three");

        await().until(() -> pipe.held() == 0 && received.lines.size() == 3);
        assertThat(received.lines).extracting(Received.Line::body).containsExactlyInAnyOrder("one", "two", "three");
    }

    @Test
    void afterClose_aResetBringsNothingBack() {
        capture.close();
        context.reset();
        context.getLogger("app").info("closed");

        assertThat(context.getLogger("ROOT").getAppender(WeirAppender.NAME)).isNull();
        assertThat(context.getTurboFilterList()).isEmpty();
        assertThat(context.getCopyOfListenerList()).isEmpty();
        assertThat(context.getMDCAdapter()).isSameAs(mdc);
    }

    @Test
    void closingWhileTheContextIsReset_leavesNothing_andBreaksNeither() throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Registration each = i == 0 ? capture : LogbackCapture.install(pipe, context);
            Thread closing = new Thread(each::close);
            closing.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
            closing.start();
            context.reset();
            closing.join();

            assertThat(failure.get()).isNull();
            assertThat(context.getLogger("ROOT").getAppender(WeirAppender.NAME)).isNull();
            assertThat(context.getTurboFilterList()).isEmpty();
            assertThat(context.getCopyOfListenerList()).isEmpty();
        }
    }

    @Test
    void logbackHasNothingToWarnOf() {
        context.reset();
        context.stop();
        context.reset();
        context.start();
        context.getLogger("app").atInfo().log("a line");
        capture.close();

        assertThat(context.getStatusManager().getCopyOfStatusList())
                .filteredOn(status -> status.getLevel() > Status.INFO)
                .isEmpty();
    }
}

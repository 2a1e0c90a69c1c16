// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.core.Registration;
import dev.weir.log.CaptureFixture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A line is captured once, wherever its way through the loggers ends. */
class AdditivityTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext();
    private final Logger before = context.getLogger("before");
    private final ListAppender<ILoggingEvent> theirs = new ListAppender<>();

    @Override
    protected Registration install() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        theirs.start();
        before.setAdditive(false);
        before.addAppender(theirs);
        return LogbackCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    @Test
    void loggerThatWasApartBefore_andThoseBelow_areCaptured() {
        before.info("one");
        context.getLogger("before.below").info("two");
        context.getLogger("before$Inner").info("three");

        assertCapturedInAnyOrder("one", "two", "three");
        assertThat(theirs.list).hasSize(3);
    }

    @Test
    void loggerThatIsSetApartLater_isCapturedAtOnce() {
        Logger access = context.getLogger("access");
        access.info("one");
        access.setAdditive(false);
        access.addAppender(theirs);
        access.info("two");
        access.atInfo().addKeyValue("status", 200).log("three");

        assertCapturedInAnyOrder("one", "two", "three");
    }

    @Test
    void parentThatIsSetApartLater_itsChildrenAreCapturedAtOnce() {
        Logger child = context.getLogger("com.shop.Audit");
        child.info("one");
        context.getLogger("com.shop").setAdditive(false);
        child.info("two");
        context.getLogger("com.shop.New").info("three");

        assertCapturedInAnyOrder("one", "two", "three");
    }

    @Test
    void loggersApartInOneAnother_areCapturedOnce() {
        Logger inner = context.getLogger("before.inner");
        inner.setAdditive(false);
        inner.info("one");
        context.getLogger("before.inner.most").info("two");
        before.info("three");

        assertCapturedInAnyOrder("one", "two", "three");
    }

    @Test
    void loggerThatIsAdditiveAgain_isCapturedOnce() {
        before.info("one");
        before.setAdditive(true);
        before.info("two");
        before.setAdditive(false);
        before.info("three");

        assertCapturedInAnyOrder("one", "two", "three");
    }

    @Test
    void loggerWithAWeirAppenderOfItsOwn_isCapturedOnce() {
        WeirAppender own = new WeirAppender();
        own.setName("own");
        own.setContext(context);
        own.setPipe(pipe);
        own.start();
        context.getLogger("own").addAppender(own);
        before.addAppender(own);
        context.getLogger("own").info("one");
        context.getLogger("own.below").info("two");
        context.getLogger("other").info("three");
        before.info("four");
        own.stop();
        context.getLogger("own").info("five");

        assertCapturedInAnyOrder("one", "two", "three", "four", "five");
    }

    @Test
    void linesBelowTheLevel_makeNothing() {
        Logger access = context.getLogger("access");
        access.setLevel(Level.ERROR);
        access.setAdditive(false);
        access.info("below");

        assertThat(List.of(access.iteratorForAppenders().hasNext())).containsExactly(false);
    }

    @Test
    void closing_leavesNoLoggerWithAnAppender() {
        before.info("one");
        assertCapturedInAnyOrder("one");
        capture.close();

        assertThat(before.getAppender(WeirAppender.NAME)).isNull();
        assertThat(context.getLogger("ROOT").getAppender(WeirAppender.NAME)).isNull();
    }
}

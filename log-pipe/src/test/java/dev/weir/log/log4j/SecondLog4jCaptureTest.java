// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.log.CaptureFixture;
import dev.weir.log.LogPipe;
import dev.weir.log.OtherLoader;
import dev.weir.log.Received;
import dev.weir.log.StoreKind;
import dev.weir.log.internal.capture.CaptureTurn;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** Two Weirs over one context, and one Weir over one context after the other. */
class SecondLog4jCaptureTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext("second");
    private final Logger logger = context.getLogger("app");

    @Override
    protected Registration install() {
        context.start();
        return Log4jCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    @Test
    void theSecond_takesOverWhenTheFirstIsClosed() {
        LogPipe other = open(directory.resolve("other"), how -> how.store(StoreKind.MEMORY));
        Received there = Received.from(other, runtime.ledger().of(Signal.LOGS));
        Registration second = Log4jCapture.install(other, context);
        logger.error("one");
        context.reconfigure();
        logger.error("two");
        capture.close();
        logger.error("three");
        second.close();
        logger.error("four");

        assertCaptured("one", "two");
        await().until(() -> other.held() == 0 && !there.lines.isEmpty());
        assertThat(there.lines).extracting(Received.Line::body).containsExactly("three");
    }

    @Test
    void ofAnotherClassLoader_waitsAndTakesOver() throws Exception {
        OtherLoader loader = new OtherLoader();
        AutoCloseable second = loader.capture(Log4jCapture.class, LoggerContext.class, context);
        logger.error("one");
        assertCaptured("one");
        assertThat(loader.records()).isZero();

        capture.close();
        logger.error("two");
        assertThat(loader.records()).isEqualTo(1);
        second.close();

        assertThat(context.getObject(CaptureTurn.KEY))
                .asInstanceOf(InstanceOfAssertFactories.COLLECTION)
                .isEmpty();
        loader.close();
    }

    @Test
    void theContextThatComesAfterOneThatWasStopped_isCaptured() {
        Registration current = Log4jCapture.install(pipe);
        LogManager.getLogger("app").error("one");
        LogManager.shutdown();
        LogManager.getContext(false).getLogger("app").error("two");
        current.close();
        LogManager.getContext(false).getLogger("app").error("three");

        assertCaptured("one", "two");
    }
}

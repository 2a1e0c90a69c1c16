// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.log.CaptureFixture;
import dev.weir.log.LogPipe;
import dev.weir.log.OtherLoader;
import dev.weir.log.Received;
import dev.weir.log.StoreKind;
import dev.weir.log.internal.capture.CaptureTurn;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** Two Weirs over one context: each line is captured once, by the first, then by the other. */
class SecondCaptureTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();
    private final Logger logger = context.getLogger("app");
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            said.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };
    private final java.util.logging.Logger own = java.util.logging.Logger.getLogger("weir.log");

    @Override
    protected Registration install() {
        own.addHandler(handler);
        context.setMDCAdapter(mdc);
        return LogbackCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        own.removeHandler(handler);
        context.stop();
    }

    @Test
    void theSecond_saysSoInALine_andTakesOverWhenTheFirstIsClosed() {
        LogPipe other = open(directory.resolve("other"), how -> how.store(StoreKind.MEMORY));
        Received there = Received.from(other, runtime.ledger().of(Signal.LOGS));
        Registration second = LogbackCapture.install(other, context);
        logger.info("one");
        context.reset();
        logger.info("two");
        assertCaptured("one", "two");
        assertThat(said).filteredOn(line -> line.contains("another Weir")).hasSize(1);

        capture.close();
        logger.info("three");
        second.close();
        logger.info("four");

        await().until(() -> other.held() == 0 && !there.lines.isEmpty());
        assertThat(there.lines).extracting(Received.Line::body).containsExactly("three");
        assertCaptured("one", "two");
        assertThat(context.getMDCAdapter()).isSameAs(mdc);
    }

    @Test
    void theSecond_thatIsClosedWhileItWaits_neverBegins() {
        Registration second =
                LogbackCapture.install(open(directory.resolve("other"), how -> how.store(StoreKind.MEMORY)), context);
        second.close();
        logger.info("one");
        capture.close();
        logger.info("two");

        assertCaptured("one");
        assertThat(context.getLogger("ROOT").iteratorForAppenders().hasNext()).isFalse();
    }

    @Test
    void ofAnotherClassLoader_waitsAndTakesOver_andLeavesNothingAtTheContext() throws Exception {
        ListAppender<ILoggingEvent> theirs = new ListAppender<>();
        theirs.start();
        logger.addAppender(theirs);
        OtherLoader loader = new OtherLoader();
        AutoCloseable second = loader.capture(LogbackCapture.class, LoggerContext.class, context);
        logger.info("one");
        assertCaptured("one");
        assertThat(loader.records()).isZero();

        OtherLoader.apart(() -> {
            capture.close();
            try (Scope scope = CURRENT.makeCurrent()) {
                logger.info("two");
                return theirs.list.get(1).getMDCPropertyMap();
            }
        });
        assertThat(theirs.list.get(1).getMDCPropertyMap()).containsEntry("trace_id", TRACE);
        assertThat(loader.records()).isEqualTo(1);
        Registration third = OtherLoader.apart(() -> LogbackCapture.install(pipe, context));
        OtherLoader.apart(() -> {
            logger.info("three");
            return 0;
        });
        assertThat(loader.records()).isEqualTo(2);
        second.close();
        logger.info("four");
        assertCaptured("one", "four");
        third.close();

        assertThat(context.getCopyOfListenerList()).isEmpty();
        assertThat(context.getTurboFilterList()).isEmpty();
        assertThat(context.getLogger("ROOT").iteratorForAppenders().hasNext()).isFalse();
        assertThat(context.getObject(CaptureTurn.KEY))
                .asInstanceOf(InstanceOfAssertFactories.COLLECTION)
                .isEmpty();
        loader.close();
        assertThat(context.getMDCAdapter()).isSameAs(mdc);
    }
}

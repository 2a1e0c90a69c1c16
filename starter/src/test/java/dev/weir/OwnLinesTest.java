// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What Weir says of itself is in the log of the application. */
class OwnLinesTest {

    @TempDir
    Path directory;

    private final Logger weirs = (Logger) LoggerFactory.getLogger("weir");
    private final java.util.logging.Logger root = java.util.logging.Logger.getLogger("");
    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final List<LogRecord> onStandardError = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event);
        }
    };
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord record) {
            if (record.getLoggerName().startsWith("weir")) {
                onStandardError.add(record);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void begin() {
        java.util.logging.Logger.getLogger("weir").setUseParentHandlers(false);
        appender.setContext(weirs.getLoggerContext());
        appender.start();
        weirs.addAppender(appender);
        root.addHandler(listener);
    }

    @AfterEach
    void end() {
        root.removeHandler(listener);
        weirs.detachAppender(appender);
    }

    @Test
    void lines_areInLogback_onceEach_andNotOnStandardError() {
        try {
            for (String value : List.of("1x", "2x")) {
                System.setProperty("weir.otlp.linger", value);
                assertThat(Weir.start().isEnabled()).isFalse();
            }
        } finally {
            System.clearProperty("weir.otlp.linger");
        }

        assertThat(lines).hasSize(2).allSatisfy(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.ERROR);
            assertThat(line.getLoggerName()).isEqualTo("weir.start");
            assertThat(line.getFormattedMessage()).contains("weir.otlp.linger");
        });
        assertThat(onStandardError).isEmpty();
    }

    @Test
    void lines_ofAWeirThatRuns_areInLogback_untilItIsClosed() throws Exception {
        try (ProtoReceiver receiver = new ProtoReceiver();
                Weir weir = receiver.sender(directory).start();
                Weir other = receiver.sender(directory).start()) {
            other.close();
            say("running {0} {}");
            assertThat(texts()).contains("running {0} {}");
            assertThat(onStandardError).isEmpty();
            weir.close();
            say("closed");
        }
        assertThat(texts()).doesNotContain("closed");
        assertThat(onStandardError).hasSize(1);
        assertThat(java.util.logging.Logger.getLogger("weir").getHandlers()).isEmpty();
    }

    @Test
    void lines_goBackToJavaUtilLogging_whereThatIsConfiguredAnew() throws Exception {
        try (ProtoReceiver receiver = new ProtoReceiver();
                Weir weir = receiver.sender(directory).start()) {
            assertThat(weir.isEnabled()).isTrue();
            LogManager.getLogManager().readConfiguration();
            root.addHandler(listener);

            say("after");

            assertThat(texts()).doesNotContain("after");
            assertThat(onStandardError).hasSize(1);
        }
    }

    @Test
    void backendThatFails_failsNobodyWhoWritesALine() throws Exception {
        UnsynchronizedAppenderBase<ILoggingEvent> failing = new UnsynchronizedAppenderBase<>() {
            @Override
            public void doAppend(ILoggingEvent line) {
                throw new AssertionError(line);
            }

            @Override
            protected void append(ILoggingEvent line) {}
        };
        try (ProtoReceiver receiver = new ProtoReceiver();
                Weir weir = receiver.sender(directory).start()) {
            assertThat(weir.isEnabled()).isTrue();
            weirs.addAppender(failing);

            assertThatNoException().isThrownBy(() -> say("into nothing"));
        } finally {
            weirs.detachAppender(failing);
        }
    }

    private static void say(String line) {
        System.getLogger("weir.start").log(System.Logger.Level.INFO, line);
    }

    private List<String> texts() {
        return lines.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}

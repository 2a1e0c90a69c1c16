// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ThrottledLogTest {

    private final ManualTicker ticker = new ManualTicker(Long.MAX_VALUE - 1, 0);
    private final ThrottledLog log = ThrottledLog.of("weir.test", ticker::nanoTime);
    private final List<LogRecord> lines = new CopyOnWriteArrayList<>();
    private final Logger backend = Logger.getLogger("weir.test");
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            lines.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        backend.setUseParentHandlers(false);
        backend.addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        backend.removeHandler(handler);
        backend.setUseParentHandlers(true);
    }

    @Test
    void warn_again_isSilentForAMinuteAndThenSaysHowManyWereSuppressed() {
        log.warn("first");
        log.warn("second");
        log.warn("third");
        assertThat(lines).extracting(LogRecord::getMessage).containsExactly("first");

        ticker.advance(ThrottledLog.INTERVAL.minus(Duration.ofNanos(1)));
        log.warn("fourth");
        ticker.advance(Duration.ofNanos(1));
        log.warn("fifth");

        assertThat(lines).extracting(LogRecord::getMessage).containsExactly("first", "fifth [3 lines suppressed]");
    }

    @Test
    void warn_withACause_isOneLineWithoutAStackTrace() {
        log.warn("cannot", new IllegalStateException("because"));

        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line.getMessage()).isEqualTo("cannot (java.lang.IllegalStateException: because)");
            assertThat(line.getThrown()).isNull();
        });
    }

    @Test
    void warn_whenTheBackendThrows_doesNot() {
        backend.removeHandler(handler);
        Handler broken = new Handler() {
            @Override
            public void publish(LogRecord record) {
                throw new IllegalStateException("disk full");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        backend.addHandler(broken);
        try {
            log.warn("message");
        } finally {
            backend.removeHandler(broken);
        }
    }

    @Test
    void of_aForeignName_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ThrottledLog.of("com.example", ticker::nanoTime))
                .withMessageContaining("com.example");
    }
}

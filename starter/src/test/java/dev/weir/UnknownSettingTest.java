// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.weir.context.TracePropagation;
import dev.weir.http.HttpTelemetry;
import dev.weir.log.LogPipe;
import dev.weir.metric.LatencyMetrics;
import dev.weir.otlp.OtlpExport;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A name in this process's system properties that no room on the class path knows. */
class UnknownSettingTest {

    private static final String UNKNOWN = "weir.http.spanz";

    @TempDir
    Path directory;

    private final List<LogRecord> lines = new CopyOnWriteArrayList<>();
    private final Logger weirs = Logger.getLogger("weir");
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void set() {
        weirs.addHandler(listener);
        System.setProperty(UNKNOWN, "on");
        System.setProperty("weir.log.directory", directory.toString());
    }

    @AfterEach
    void clear() {
        System.clearProperty(UNKNOWN);
        System.clearProperty("weir.log.directory");
        System.clearProperty("weir.http.spans");
        weirs.removeHandler(listener);
    }

    private interface Room {
        AutoCloseable build();
    }

    static Stream<Map.Entry<String, Room>> rooms() {
        return Map.<String, Room>of(
                "context-propagation", TracePropagation::enable,
                "http", () -> HttpTelemetry.builder(OpenTelemetry.noop()).build(),
                "metric-aggregator", () -> LatencyMetrics.builder().build(),
                "log-pipe", () -> LogPipe.builder().build(),
                "exporters-otlp", () -> OtlpExport.builder().build())
                .entrySet()
                .stream();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void room_usedAlone_goesOn(Map.Entry<String, Room> room) {
        assertThatCode(() -> room.getValue().build().close()).doesNotThrowAnyException();
    }

    @Test
    void start_ofAllRooms_goesOn_andSaysTheNearestNameInOneLine() {
        System.setProperty("weir.http.spanned", "on");
        try (Weir weir = Weir.builder().set("weir.banner", "false").start()) {
            assertThat(weir.isEnabled()).isTrue();
        } finally {
            System.clearProperty("weir.http.spanned");
        }

        assertThat(lines)
                .filteredOn(line -> line.getMessage().contains("weir.http.spanned"))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.getLevel()).isEqualTo(Level.WARNING);
                    assertThat(line.getMessage()).contains("did you mean weir.http.spans?");
                });
    }

    @Test
    void room_usedAlone_withAKnownNameAndAValueThatIsNotAllowed_isRefused() {
        System.setProperty("weir.http.spans", "perhaps");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpTelemetry.builder(OpenTelemetry.noop()).build())
                .withMessageContaining("weir.http.spans")
                .withMessageContaining("\"perhaps\"")
                .withMessageContaining("auto");
    }
}

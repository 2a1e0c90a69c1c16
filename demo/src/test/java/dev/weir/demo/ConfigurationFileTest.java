// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.Weir;
import dev.weir.core.Signal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** An application whose OpenTelemetry is configured by a file that names Weir's exporters. */
class ConfigurationFileTest {

    private static final String FILE = "otel.config.file";

    @TempDir
    Path directory;

    private final Logger weirs = (Logger) LoggerFactory.getLogger("weir");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        weirs.addAppender(lines);
    }

    @AfterEach
    void clear() {
        System.clearProperty(FILE);
        weirs.detachAppender(lines);
    }

    @Test
    void file_saysWhereSpansAndRecordsGo_andOneLineSaysWhatIsNotExported() throws Exception {
        try (LocalReceiver receiver = new LocalReceiver()) {
            Path file = Files.writeString(directory.resolve("sdk.yaml"), """
                file_format: "1.0"
                tracer_provider:
                  processors:
                    - otlp_http:
                        endpoint: %1$s/v1/traces
                logger_provider:
                  processors:
                    - otlp_http:
                        endpoint: %1$s/v1/logs
                """.formatted(receiver.endpoint()));
            System.setProperty(FILE, file.toString());

            try (Weir weir = Weir.builder()
                    .set("weir.log.directory", directory.toString())
                    .set("weir.otlp.queue.records", "4096")
                    .start()) {
                assertThat(weir.isEnabled()).isTrue();
                weir.openTelemetry()
                        .getTracer("t")
                        .spanBuilder("one")
                        .startSpan()
                        .end();
                weir.openTelemetry()
                        .getLogsBridge()
                        .get("l")
                        .logRecordBuilder()
                        .setBody("record")
                        .emit();
                LoggerFactory.getLogger("shop").info("a line");
            }

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> receiver.received(Signal.TRACES) > 0 && receiver.received(Signal.LOGS) > 0);
            assertThat(receiver.received(Signal.TRACES)).isOne();
            assertThat(receiver.received(Signal.LOGS)).isOne();
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .filteredOn(line -> line.contains(FILE))
                    .singleElement()
                    .asString()
                    .contains(
                            FILE + " is \"" + file + "\"",
                            "Logback and Log4j2",
                            "latencies",
                            "what the program set does not reach",
                            "weir.otlp.queue.records");
        }
    }
}

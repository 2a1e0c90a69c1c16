// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JVM ends: what the application records while it ends leaves as well. */
@Timeout(120)
class ShutdownTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final List<String> GOODBYES =
            IntStream.range(0, 5).mapToObj(i -> "goodbye " + i).toList();

    @TempDir
    Path directory;

    private final OtlpServer receiver = new OtlpServer();

    @AfterEach
    void end() {
        receiver.close();
    }

    private ChildJvm start(String setting, String... arguments) throws IOException {
        return ChildJvm.start(
                directory,
                ShutdownMain.class,
                List.of(
                        setting,
                        "otel.exporter.otlp.endpoint=" + receiver.url(),
                        "weir.log.directory=" + directory.resolve("store")),
                arguments);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hook", "closes"})
    void hookOfTheApplication_recordsUntilItsEnd(String program) throws Exception {
        try (ChildJvm jvm = start("weir.shutdown.delay=10s", program)) {
            String output = jvm.join();

            assertThat(output).contains("the hook is done");
            assertThat(receiver.lines)
                    .as(output)
                    .contains("the last line of main")
                    .containsAll(GOODBYES);
            assertThat(receiver.spans).containsExactlyInAnyOrderElementsOf(GOODBYES);
        }
    }

    @Test
    void signalToEnd_lastsUntilTheServerHasDrained() throws Exception {
        try (ChildJvm jvm = start("weir.shutdown.delay=11s", "drain", "waits")) {
            await().atMost(LONG).until(() -> jvm.said("ready"));
            jvm.terminate();
            String output = jvm.join();

            assertThat(output).contains("ok");
            assertThat(receiver.lines).as(output).contains("slow is done");
            assertThat(receiver.spans).contains("GET /slow");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "pool", "thread"})
    void programWithoutHooks_ends(String program) throws Exception {
        try (ChildJvm jvm = start("weir.shutdown.delay=5m", program)) {
            String output = jvm.join();

            assertThat(receiver.lines).as(output).contains("the last line of main");
        }
    }

    @Test
    void delayOfNothing_closesAtOnce() throws Exception {
        try (ChildJvm jvm = start("weir.shutdown.delay=0", "hook")) {
            String output = jvm.join();

            assertThat(output).contains("the hook is done");
            assertThat(Stream.of(receiver.lines).flatMap(List::stream).filter(GOODBYES::contains))
                    .hasSizeLessThan(GOODBYES.size());
        }
    }
}

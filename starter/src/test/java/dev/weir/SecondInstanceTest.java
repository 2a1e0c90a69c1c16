// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two instances of a service ran side by side while the receiver was away; later there is one. */
@Timeout(120)
class SecondInstanceTest {

    @TempDir
    Path directory;

    private ChildJvm start(String receiver, String... arguments) throws IOException {
        return ChildJvm.start(
                directory,
                SecondInstanceMain.class,
                List.of("otel.exporter.otlp.endpoint=" + receiver, "java.io.tmpdir=" + directory),
                arguments);
    }

    private static String nowhere() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return "http://127.0.0.1:" + free.getLocalPort();
        }
    }

    @Test
    void recordsOfBoth_leaveWithTheOneThatRunsLater() throws Exception {
        try (ChildJvm first = start(nowhere(), "waits", "the first")) {
            await().atMost(Duration.ofSeconds(60)).until(() -> first.said("ready"));
            try (ChildJvm second = start(nowhere(), "dies", "the second")) {
                assertThat(second.join()).contains("shop-2");
            }
            first.terminate();
            first.join();
        }

        try (OtlpServer receiver = new OtlpServer();
                ChildJvm later = start(receiver.url(), "ends", "the third")) {
            String output = later.join();

            assertThat(receiver.lines).as(output).contains("the first", "the second", "the third");
        }
    }
}

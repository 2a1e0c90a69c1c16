// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.internal.WeirVersion;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the start block says is what is known. */
class StartBlockTest {

    @TempDir
    Path directory;

    private final List<String> block = new CopyOnWriteArrayList<>();
    private final Logger starts = Logger.getLogger(Weir.LOGGER);
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord record) {
            block.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void begin() {
        starts.addHandler(listener);
    }

    @AfterEach
    void end() {
        starts.removeHandler(listener);
    }

    private String lineOf(String scheme, String path, String start) throws Exception {
        try (ServerSocket receiver = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Weir weir = Weir.builder()
                        .set("weir.log.directory", directory.toString())
                        .endpoint(scheme + "://localhost:" + receiver.getLocalPort() + path)
                        .start()) {
            assertThat(weir.isEnabled()).isTrue();
            await().until(() -> block.stream().anyMatch(line -> line.startsWith("pipe")));
        }
        return block.stream().filter(line -> line.startsWith(start)).findFirst().orElseThrow();
    }

    @Test
    void receiver_isShownAsItIsCalled() throws Exception {
        assertThat(lineOf("http", "/v1/traces", "export"))
                .containsPattern("http://localhost:\\d+/v1/traces/v1/traces answers");
    }

    @Test
    void receiver_behindTls_thatTakesAConnection_doesNotAnswerYet() throws Exception {
        assertThat(lineOf("https", "", "export"))
                .contains("/v1/traces accepts connections")
                .doesNotContain("answers");
    }

    @Test
    void version_isThatOfTheBuild() throws Exception {
        assertThat(lineOf("http", "", "weir ")).startsWith("weir " + WeirVersion.or("(from classes)") + " · ");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs in a JVM without the flags that Chronicle Queue needs; see the second run of tests in the POM. */
@Tag("closed")
class ClosedJvmTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "CHRONICLE"})
    void store_fallsBackToFiles_andSaysWhatIsMissing(StoreKind wanted) {
        try (LogPipe pipe =
                LogPipe.builder(directory).store(wanted).minFreeBytes(0).build()) {
            assertThat(pipe.store().kind()).isEqualTo(StoreKind.FILE);
            assertThat(pipe.store().reason())
                    .contains("--add-opens=java.base/java.lang.reflect=ALL-UNNAMED")
                    .contains("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED")
                    .doesNotContain("\n");
        }
    }

    @Test
    void records_areKeptAcrossRestarts() {
        try (LogPipe pipe = LogPipe.builder(directory).minFreeBytes(0).build()) {
            pipe.offer(Severity.INFO, "scope", "body");
        }
        try (LogPipe pipe = LogPipe.builder(directory).minFreeBytes(0).build()) {
            pipe.flush().block(Duration.ofSeconds(60));
            assertThat(pipe.held()).isEqualTo(1);
        }
    }
}

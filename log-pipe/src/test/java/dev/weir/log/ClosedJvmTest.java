// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.logs.Severity;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs in a JVM without the flags that Chronicle Queue needs; see the second run of tests in the POM. */
@Tag("closed")
class ClosedJvmTest extends ConservedPipeTest {

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "CHRONICLE"})
    void store_fallsBackToFiles_andSaysWhatIsMissing(StoreKind wanted) {
        LogPipe pipe = open(wanted);
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.FILE);
        assertThat(pipe.store().reason())
                .contains("--add-opens=java.base/java.lang.reflect=ALL-UNNAMED")
                .contains("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED")
                .doesNotContain("\n");
    }

    @Test
    void records_areKeptAcrossRestarts() {
        LogPipe pipe = open(builder -> builder);
        pipe.offer(Severity.INFO, "scope", "body");
        pipe.close();

        restart();
        LogPipe next = open(builder -> builder);
        next.flush().block(Duration.ofSeconds(60));
        assertThat(next.held()).isEqualTo(1);
    }
}

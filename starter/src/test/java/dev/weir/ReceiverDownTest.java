// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The receiver is away while there is traffic; BlockHound rewrites the JDK, so this has one of its own. */
class ReceiverDownTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"refuses", "hangs"})
    void requests_areAnsweredWithoutBlockingAndEveryRecordIsAccountedFor(String receiver) throws Exception {
        String output = run(receiver);

        assertThat(output)
                .contains("control: noticed", "answered " + ReceiverDownMain.REQUESTS, "done")
                .contains("TRACES produced " + 2 * ReceiverDownMain.REQUESTS + ", balance 0")
                .containsPattern("LOGS produced \\d{4,}, balance 0")
                .containsPattern("METRICS produced \\d+, balance 0")
                .contains("delivered 0, ")
                .doesNotContain("blocked: ");
    }

    private String run(String receiver) throws Exception {
        File output = directory.resolve("output.txt").toFile();
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+EnableDynamicAgentLoading",
                        "-XX:+AllowRedefinitionToAddDeleteMethods",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ReceiverDownMain.class.getName(),
                        receiver,
                        directory.resolve("store").toString()))
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        process.destroyForcibly();
        String text = Files.readString(output.toPath());
        assertThat(ended).as(text).isTrue();
        return text;
    }
}

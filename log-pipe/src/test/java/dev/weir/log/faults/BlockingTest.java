// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockingTest {

    @TempDir
    Path directory;

    @Test
    void offer_onAThreadThatMustNotBlock_neverDoes() throws Exception {
        Path output = directory.resolve("output");
        Process process = Fork.start(
                output,
                Fork.command(
                        List.of("-XX:+AllowRedefinitionToAddDeleteMethods", "-XX:+EnableDynamicAgentLoading"),
                        BlockingMain.class,
                        directory.resolve("pipe").toString()));

        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    }
}

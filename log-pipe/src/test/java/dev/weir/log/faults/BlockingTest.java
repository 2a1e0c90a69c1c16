// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.log.ConservedPipeTest;
import dev.weir.log.StoreKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BlockingTest extends ConservedPipeTest {

    @Test
    void offer_onAThreadThatMustNotBlock_neverDoes() throws Exception {
        Path output = directory.resolve("output");
        Path place = directory.resolve("pipe");
        Process process = Fork.start(
                output,
                Fork.command(
                        List.of("-XX:+AllowRedefinitionToAddDeleteMethods", "-XX:+EnableDynamicAgentLoading"),
                        BlockingMain.class,
                        place.toString()));

        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        // The other process is the run before.
        findsMore(place, queued(output));
        open(place, builder -> builder.store(StoreKind.FILE));
    }

    private static long queued(Path output) throws IOException {
        return Files.readAllLines(output).stream()
                .filter(line -> line.startsWith(BlockingMain.QUEUED))
                .mapToLong(line -> Long.parseLong(line.substring(BlockingMain.QUEUED.length())))
                .sum();
    }
}

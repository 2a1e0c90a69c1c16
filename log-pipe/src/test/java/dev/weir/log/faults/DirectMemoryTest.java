// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.log.StoreKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Buffers outside the heap have owners: they are few, and nobody waits for the collector to free them. How many records
 * are sent is the system property {@code test.log.memory.records}.
 */
@Tag("opens")
class DirectMemoryTest {

    private static final int RECORDS = Integer.getInteger("test.log.memory.records", 300_000);

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void directMemory_withoutHelpOfTheCollector_staysFlat(StoreKind store) throws Exception {
        Path output = directory.resolve("output");
        List<String> jvm = new ArrayList<>(Fork.OPENS);
        jvm.add("-XX:+DisableExplicitGC");
        jvm.add("-XX:MaxDirectMemorySize=24m");
        Process process = Fork.start(
                output,
                Fork.command(
                        jvm,
                        DirectMemoryMain.class,
                        directory.resolve("pipe").toString(),
                        store.name(),
                        Integer.toString(RECORDS)));
        assertThat(process.waitFor(20, TimeUnit.MINUTES)).isTrue();
        String said = Files.readString(output);
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).doesNotContain("OutOfMemoryError");
        List<String> lines = said.lines().toList();
        String[] figures = lines.get(lines.size() - 1).split(" ");
        assertThat(figures[1]).as(said).isEqualTo(Integer.toString(RECORDS));
        assertThat(Long.parseLong(figures[2])).as(said).isLessThan(8 << 20);
    }
}

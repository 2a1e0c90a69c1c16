// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that logs nothing never loads Chronicle Queue, although it would be the store. */
@Tag("opens")
class FirstRecordTest {

    @TempDir
    Path directory;

    private Path classes() {
        return directory.resolve("classes");
    }

    private String run(String... what) throws Exception {
        Path output = directory.resolve("output");
        List<String> jvm = new ArrayList<>(Fork.OPENS);
        jvm.add("-Xlog:class+load:file=" + classes());
        String[] arguments = Stream.concat(Stream.of(directory.resolve("pipe").toString()), Arrays.stream(what))
                .toArray(String[]::new);
        Process process = Fork.start(output, Fork.command(jvm, FirstRecordMain.class, arguments));
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(output);
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).contains("store CHRONICLE");
        return said;
    }

    private boolean loadedChronicle() throws IOException {
        try (Stream<String> loaded = Files.lines(classes())) {
            return loaded.anyMatch(line -> line.contains("net.openhft."));
        }
    }

    @Test
    void processThatLogsNothing_neverLoadsIt() throws Exception {
        run("take", "0", "later");
        assertThat(loadedChronicle()).isFalse();
    }

    @Test
    void firstRecord_isTakenByPlainFiles_andTheNextRunTakesItWithoutIt() throws Exception {
        run("log");
        assertThat(loadedChronicle()).isFalse();

        assertThat(run("take", "1", "later")).contains("taken 1");
        assertThat(loadedChronicle()).isFalse();
    }

    @Test
    void processThatHasLogged_loadsItLater() throws Exception {
        run("log", "later");
        assertThat(loadedChronicle()).isTrue();
    }
}

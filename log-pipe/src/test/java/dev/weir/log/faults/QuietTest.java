// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chronicle behaves when JUnit is on the class path, so what it does otherwise is seen in a JVM without it. */
@Tag("opens")
class QuietTest {

    @TempDir
    Path directory;

    private List<String> run(List<String> jvm) throws Exception {
        Path home = Files.createDirectories(directory.resolve("home"));
        List<String> flags = new ArrayList<>(jvm);
        flags.add("-Duser.home=" + home);
        Path said = directory.resolve("said");
        Path output = directory.resolve("output");
        Process process = Fork.start(
                output,
                Fork.command(flags, QuietMain.class, directory.resolve("pipe").toString(), said.toString()));
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said).as(Files.readString(output)).exists();
        try (java.util.stream.Stream<Path> files = Files.list(home)) {
            assertThat(files).as("files in the user's home").isEmpty();
        }
        return Files.readAllLines(said);
    }

    @Test
    void chronicle_opensNoSocket_leavesNothingAtHome_startsNoThreadOfItsOwn() throws Exception {
        List<String> said = run(Fork.OPENS);

        assertThat(said.get(0)).isEqualTo("CHRONICLE");
        assertThat(said.get(1)).as("sockets of the network").isEqualTo("0");
        assertThat(said).noneMatch(thread -> thread.contains("analytics") || thread.contains("disk~space"));
        assertThat(said).contains("weir-io", "weir-worker");
    }

    @Test
    void withoutTheOpens_filesAreUsed() throws Exception {
        assertThat(run(List.of()).get(0)).isEqualTo("FILE");
    }

    @Test
    void withOneOfTheOpens_filesAreUsed() throws Exception {
        assertThat(run(Fork.OPENS.subList(0, 1)).get(0)).isEqualTo("FILE");
    }

    @Test
    void whereUnsafeIsDenied_filesAreUsed() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Runtime.version().feature() >= 23, "this JDK cannot deny memory access through Unsafe");
        List<String> jvm = new ArrayList<>(Fork.OPENS);
        jvm.add("--sun-misc-unsafe-memory-access=deny");

        assertThat(run(jvm).get(0)).isEqualTo("FILE");
    }

    @Test
    void whereUnsafeIsWarnedOf_noWarningNamesUs() throws Exception {
        assertThat(run(Fork.OPENS).get(0)).isEqualTo("CHRONICLE");

        assertThat(Files.readAllLines(directory.resolve("output")))
                .filteredOn(line -> line.startsWith("WARNING"))
                .noneMatch(line -> line.contains("dev.weir"));
    }
}

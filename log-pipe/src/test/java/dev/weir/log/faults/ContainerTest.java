// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * In a container every application is process 1, and so is the one that comes after it was killed. A queue that asks
 * whether the holder of its lock is alive then asks about itself.
 */
@Tag("opens")
class ContainerTest {

    @TempDir
    Path directory;

    @Test
    void restartAsProcess1_afterKill_appendsAtOnce() throws Exception {
        assumeTrue(Fork.isRoot(), "a namespace of process ids needs root on Linux");
        try {
            Fork.run("unshare", "--pid", "--fork", "--mount-proc", "true");
        } catch (java.io.IOException e) {
            assumeTrue(false, "unshare does not work here: " + e.getMessage());
        }
        for (int run = 1; run <= 3; run++) {
            String name = "run" + run;
            List<String> command =
                    new ArrayList<>(List.of("unshare", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"));
            command.addAll(Fork.command(Fork.OPENS, ContainerMain.class, directory.toString(), name));
            Path output = directory.resolve("output" + run);
            Process container = Fork.start(output, command);
            await().until(() -> Files.exists(directory.resolve(name)) && Files.size(directory.resolve(name)) > 0
                    || !container.isAlive());
            container.destroyForcibly().waitFor();
            assertThat(directory.resolve(name)).as(Files.readString(output)).exists();
            String[] said = Files.readString(directory.resolve(name)).split(" ");

            assertThat(said[0]).isEqualTo("1");
            assertThat(said[2]).isEqualTo("CHRONICLE");
            assertThat(Long.parseLong(said[1]))
                    .as("milliseconds of the first append; a queue that waits for itself takes 15 s and fails")
                    .isLessThan(15_000);
            await().until(() -> lockIsFree());
        }
    }

    private boolean lockIsFree() throws Exception {
        try (java.nio.channels.FileChannel channel = java.nio.channels.FileChannel.open(
                        directory.resolve("pipe.lock"), java.nio.file.StandardOpenOption.WRITE);
                java.nio.channels.FileLock lock = channel.tryLock()) {
            return lock != null;
        }
    }
}

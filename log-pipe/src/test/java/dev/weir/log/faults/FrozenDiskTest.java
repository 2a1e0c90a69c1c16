// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.log.StoreKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that hangs: an ext4 that is frozen, so each call that writes to it waits until somebody thaws it. The pipe is
 * in a process of its own, and the disk is thawed only once all callers there have returned. Only where root can mount
 * and freeze.
 */
@Tag("opens")
class FrozenDiskTest {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @TempDir
    Path directory;

    private Path mount;
    private Path rings;
    private @Nullable Process process;

    @BeforeEach
    void mount() throws Exception {
        assumeTrue(Fork.isRoot(), "mounting and freezing a file system needs root on Linux");
        assumeTrue(Files.isWritable(SHARED_MEMORY), "there is no " + SHARED_MEMORY);
        Path image = directory.resolve("image");
        Path at = Files.createDirectories(directory.resolve("mount"));
        try {
            Fork.run("truncate", "-s", "64M", image.toString());
            Fork.run("mkfs.ext4", "-q", image.toString());
            Fork.run("mount", "-o", "loop", image.toString(), at.toString());
        } catch (IOException e) {
            assumeTrue(false, "an ext4 cannot be mounted here: " + e.getMessage());
        }
        mount = at;
        rings = Files.createTempDirectory(SHARED_MEMORY, "weir-test");
        try {
            freeze();
            thaw();
        } catch (IOException e) {
            assumeTrue(false, "a file system cannot be frozen here: " + e.getMessage());
        }
    }

    @AfterEach
    void unmount() throws Exception {
        if (mount == null) {
            return;
        }
        try {
            thaw();
        } catch (IOException notFrozen) {
            // As it should be.
        }
        // What hangs in the disk dies only now.
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
        Fork.run("umount", "-l", mount.toString());
        try (Stream<Path> all = Files.walk(rings)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void freeze() throws Exception {
        Fork.run("fsfreeze", "-f", mount.toString());
    }

    private void thaw() throws Exception {
        Fork.run("fsfreeze", "-u", mount.toString());
    }

    private void assertFrozen() {
        assertThatThrownBy(this::freeze).as("it is frozen already").hasMessageContaining("busy");
    }

    @Test
    void fileStore_keepsNoCallerWaiting_andLosesNothingThatWasAccepted() throws Exception {
        startAndFreeze(StoreKind.FILE);

        String[] offered = hear("offered").split(" ");
        assertFrozen();
        await().until(this::diskThreadHangs);
        int accepted = Integer.parseInt(offered[1]);
        int refused = Integer.parseInt(offered[2]);
        assertThat(accepted)
                .as("no more than the ring has room for")
                .isBetween(1, FrozenMain.RING_BYTES / FrozenMain.BODY_BYTES);
        assertThat(refused).isEqualTo(FrozenMain.CALLERS * FrozenMain.OFFERS_OF_A_CALLER - accepted);
        assertThat(offered[3]).as("counted").isEqualTo(offered[2]);

        thawAndFinish();
    }

    @Test
    void chronicleStore_losesNothingThatWasAccepted() throws Exception {
        startAndFreeze(StoreKind.CHRONICLE);
        await().until(this::diskThreadHangs);

        thawAndFinish();
    }

    private void startAndFreeze(StoreKind store) throws Exception {
        process = Fork.start(
                output(),
                Fork.command(
                        Fork.OPENS,
                        FrozenMain.class,
                        mount.resolve("pipe").toString(),
                        rings.toString(),
                        store.name()));
        hear("open");
        freeze();
        tell();
    }

    /** What was accepted then comes, and the account is conserved: {@link FrozenMain}. */
    private void thawAndFinish() throws Exception {
        thaw();
        hear("offered");
        tell();
        assertThat(process().waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process().exitValue()).as(Files.readString(output())).isZero();
    }

    /** Whether the kernel keeps it, uninterruptible. */
    private boolean diskThreadHangs() throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + process().pid() + "/task"))) {
            return threads.anyMatch(thread -> read(thread.resolve("stat")).contains("(weir-io) D"));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException ended) {
            return "";
        }
    }

    private Path output() {
        return directory.resolve("output");
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("it was not started");
        }
        return process;
    }

    /** Waits for a line that begins with {@code word}. */
    private String hear(String word) throws IOException {
        await().until(() -> line(word).isPresent() || !process().isAlive());
        return line(word).orElseThrow(() -> new AssertionError("no \"" + word + "\": " + read(output())));
    }

    private Optional<String> line(String word) throws IOException {
        String said = Files.readString(output());
        return said.substring(0, said.lastIndexOf('\n') + 1)
                .lines()
                .filter(line -> line.startsWith(word))
                .findFirst();
    }

    private void tell() throws IOException {
        process().getOutputStream().write("\n".getBytes(StandardCharsets.UTF_8));
        process().getOutputStream().flush();
    }
}

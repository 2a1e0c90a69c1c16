// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.DropReason;
import dev.weir.core.HealthContribution.Status;
import dev.weir.core.LedgerSnapshot;
import dev.weir.log.ConservedPipeTest;
import dev.weir.log.DiskPolicy;
import dev.weir.log.LogPipe;
import dev.weir.log.Received;
import dev.weir.log.StoreKind;
import dev.weir.log.internal.store.ChronicleStore;
import io.opentelemetry.api.logs.Severity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that are full or read-only: a tmpfs for each test, so only where root can mount one. */
@Tag("opens")
class MountTest extends ConservedPipeTest {

    private Path mount;

    @BeforeEach
    void mount() throws Exception {
        assumeTrue(Fork.isRoot(), "mounting a tmpfs needs root on Linux");
        mount = Files.createDirectories(directory.resolve("mount"));
        try {
            Fork.run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", mount.toString());
        } catch (IOException e) {
            assumeTrue(false, "a tmpfs cannot be mounted here: " + e.getMessage());
        }
    }

    /** After the base class, which looks at the pipe in it once more. */
    @RegisterExtension
    final AfterEachCallback unmount = test -> {
        if (mount != null) {
            Fork.run("umount", "-l", mount.toString());
        }
    };

    private LogPipe open(StoreKind store, DiskPolicy policy) {
        return openAs(
                mount.resolve("pipe"),
                builder -> builder.store(store)
                        .ringBytes(1 << 20)
                        .segmentBytes(1 << 20)
                        .maxBytes(64 << 20)
                        .minFreeBytes(512 << 10)
                        .whenDiskFull(policy));
    }

    private Path fill() throws Exception {
        Path ballast = mount.resolve("ballast");
        try {
            Fork.run("dd", "if=/dev/zero", "of=" + ballast, "bs=4k");
        } catch (IOException noSpaceLeft) {
            assertThat(noSpaceLeft).hasMessageContaining("No space left");
        }
        return ballast;
    }

    /** A page that is missing under a mapping is a fault that ends the JVM. */
    @Test
    void chronicleSegment_hasItsBlocksOnceItIsBegun() throws Exception {
        Files.createDirectories(mount.resolve("queue"));
        try (ChronicleStore store = new ChronicleStore(mount.resolve("queue"))) {
            store.begin(1, 1 << 20);
            Path ballast = fill();

            for (int i = 0; i < 1_000; i++) {
                store.append(entry(i));
            }
            assertThatThrownBy(() -> store.begin(2, 1 << 20)).isInstanceOf(IOException.class);
            assertThat(store.segments()).containsExactly(1);

            Files.delete(ballast);
            store.begin(2, 1 << 20);
            store.append(entry(0));
        }
    }

    @Test
    void chronicleOnAFullDisk_isAnException() throws Exception {
        Path ballast = fill();
        Path queue = mount.resolve("queue");

        try (ChronicleStore store = new ChronicleStore(queue)) {
            assertThatThrownBy(() -> store.begin(1, 1 << 20)).isInstanceOf(IOException.class);

            Files.delete(ballast);
            store.begin(1, 1 << 20);
            store.append(entry(0));
        }
    }

    /** The store does not look into what it keeps. */
    private static ByteBuffer entry(int number) {
        return ByteBuffer.allocateDirect(500).order(ByteOrder.LITTLE_ENDIAN).putInt(0, number);
    }

    @ParameterizedTest
    @CsvSource({"CHRONICLE,DROP_OLDEST", "CHRONICLE,DROP_NEWEST", "FILE,DROP_OLDEST", "FILE,DROP_NEWEST"})
    void fullDisk_losesByPolicyOnly_andRecoversByItself(StoreKind store, DiskPolicy policy) throws Exception {
        LogPipe pipe = open(store, policy);
        String body = "x".repeat(1000);
        int refused = 0;
        for (int i = 0; i < 40_000; i++) {
            if (!pipe.offer(Severity.ERROR, "scope", i + body)) {
                refused++;
                if (refused % 500 == 0) {
                    // Lets the writer go on, without a clock.
                    pipe.stats();
                    Thread.yield();
                }
            }
        }
        LedgerSnapshot full = account();
        // The pipe itself may have announced what was dropped meanwhile.
        assertThat(full.produced()).isBetween(40_000L, 40_100L);
        conserved();
        assertThat(full.dropped().keySet())
                .isSubsetOf(DropReason.DISK_FULL, DropReason.QUEUE_FULL, DropReason.SEVERITY_RESERVE);
        assertThat(pipe.store().kind()).isEqualTo(store);

        // Somebody else fills the rest.
        Path ballast = fill();
        for (int i = 0; i < 10_000; i++) {
            pipe.offer(Severity.ERROR, "scope", i + body);
        }
        conserved();
        Files.delete(ballast);

        receive();
        await().until(() -> pipe.held() == 0);
        assertThat(pipe.offer(Severity.INFO, "scope", "after")).isTrue();
        await().until(() -> pipe.held() == 0);
        assertThat(pipe.store().kind()).isEqualTo(store);
    }

    @Test
    void readOnlyDirectory_givesAPipeInMemory() throws Exception {
        Fork.run("mount", "-o", "remount,ro", mount.toString());
        LogPipe pipe = open(StoreKind.AUTO, DiskPolicy.DROP_OLDEST);

        assertThat(pipe.store().kind()).isEqualTo(StoreKind.MEMORY);
        assertThat(pipe.store().reason()).containsIgnoringCase("read-only");
        assertThat(pipe.offer(Severity.INFO, "scope", "body")).isTrue();
    }

    @Test
    void diskFullAtStart_keepsRecordsInTheRing_untilThereIsRoom() throws Exception {
        Path ballast = fill();
        LogPipe pipe = open(StoreKind.FILE, DiskPolicy.DROP_OLDEST);
        assertThat(pipe.offer(Severity.INFO, "scope", "body")).isTrue();
        await().until(() -> runtime.health().status() == Status.DEGRADED);

        Files.delete(ballast);

        await().until(() -> runtime.health().status() == Status.UP);
        Received received = receive();
        assertThat(pipe.offer(Severity.INFO, "scope", "after")).isTrue();
        await().until(() -> received.lines.size() == 2);
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.FILE);
        assertThat(pipe.stats().dropped()).isZero();
    }
}

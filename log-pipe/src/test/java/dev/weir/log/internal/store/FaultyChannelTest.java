// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.DropReason;
import dev.weir.core.testing.ManualTicker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal over files whose disk writes short, fails, fills and cannot force. */
class FaultyChannelTest {

    private static final byte[] RESOURCE = {1, 2, 3};
    private static final int ENTRY = Entry.HEADER + 1000;

    @TempDir
    Path directory;

    private final FaultyChannel.Disk disk = new FaultyChannel.Disk();
    private final Map<DropReason, Long> lost = new EnumMap<>(DropReason.class);
    private final ManualTicker ticker = new ManualTicker();
    private Journal journal;
    private int next;

    @BeforeEach
    void open() throws IOException {
        FileStore store = new FileStore(
                directory.resolve("file"), (path, options) -> new FaultyChannel(FileChannel.open(path, options), disk));
        journal = Journal.open(
                store,
                directory.resolve("cursor"),
                new JournalLimits(20_000, 1 << 20, Duration.ofHours(1).toNanos(), 0, true, true),
                ticker,
                (reason, records, bySeverity) -> lost.merge(reason, records, Long::sum));
    }

    @AfterEach
    void close() {
        journal.close();
    }

    private boolean append() {
        ByteBuffer entry = ByteBuffer.allocateDirect(ENTRY).order(ByteOrder.LITTLE_ENDIAN);
        entry.putInt(Entry.HEADER, next);
        Entry.count(entry, 2, 10);
        if (journal.append(entry, Entry.SCOPE_LOGS, 1, 10, 7, RESOURCE, next + 1)) {
            next++;
            return true;
        }
        return false;
    }

    private List<Integer> readAll() {
        List<Integer> found = new ArrayList<>();
        for (ByteBuffer entry = journal.peek(); entry != null; entry = journal.peek()) {
            found.add(entry.getInt(Entry.HEADER));
            journal.take();
        }
        return found;
    }

    @Test
    void shortWritesAndReads_areGoneOnWith() {
        disk.most = 100;
        for (int i = 0; i < 30; i++) {
            assertThat(append()).isTrue();
        }

        assertThat(readAll()).hasSize(30).isSorted();
        assertThat(journal.damaged()).isZero();
    }

    @Test
    void diskThatFillsInTheMiddleOfAnEntry_losesThatEntryOnly_andIsWholeAgainOnceThereIsRoom() {
        append();
        append();
        disk.room = ENTRY + ENTRY / 2;
        assertThat(append()).isTrue();
        assertThat(append()).isFalse();
        assertThat(journal.isFull()).isTrue();
        assertThat(journal.problem()).contains("No space left");

        disk.room = Long.MAX_VALUE;
        assertThat(append()).isTrue();
        assertThat(readAll()).as("the policy gave up the oldest segment").containsExactly(3);
        assertThat(journal.damaged()).as("the torn entry was cut off").isZero();
        assertThat(journal.held() + lost.getOrDefault(DropReason.DISK_FULL, 0L)).isEqualTo(40);
    }

    @Test
    void tornEntryThatCannotBeCutOff_isNotDelivered() {
        append();
        disk.failingTruncate = true;
        disk.room = ENTRY / 2;
        append();
        disk.room = Long.MAX_VALUE;
        append();

        assertThat(readAll()).isSorted().doesNotHaveDuplicates().endsWith(next - 1);
        assertThat(journal.held() + lost.getOrDefault(DropReason.DISK_FULL, 0L)).isEqualTo(10L * next);
    }

    @Test
    void writesThatFail_areNoBound_andGoOnInANewSegment() {
        append();
        disk.failingWrite = "Input/output error";
        assertThat(append()).isFalse();
        assertThat(journal.isFull()).isFalse();
        assertThat(journal.problem()).contains("Input/output error");

        disk.failingWrite = "";
        assertThat(append()).isTrue();
        assertThat(readAll()).containsExactly(0, 1);
        assertThat(lost).isEmpty();
    }

    @Test
    void readsThatFailForLong_areCountedAsDamage_andTheNextSegmentIsRead() {
        append();
        disk.failingRead = "Input/output error";
        assertThat(readAll()).isEmpty();
        assertThat(lost).as("they may be readable later").isEmpty();
        ticker.advance(Duration.ofSeconds(1));
        assertThat(readAll()).isEmpty();
        ticker.advance(Duration.ofMinutes(1));
        assertThat(readAll()).isEmpty();
        assertThat(lost).containsExactly(Map.entry(DropReason.CORRUPTED, 10L));

        disk.failingRead = "";
        append();
        assertThat(readAll()).containsExactly(1);
        assertThat(journal.held()).isEqualTo(10);
    }

    @Test
    void readsThatFailForAWhile_costNothing() {
        append();
        disk.failingRead = "Input/output error";
        assertThat(readAll()).isEmpty();

        disk.failingRead = "";
        ticker.advance(Duration.ofSeconds(1));
        assertThat(readAll()).containsExactly(0);
        assertThat(lost).isEmpty();
    }

    @Test
    void fsyncThatFails_isSaid_andEverySegmentHasItsOwn() {
        for (int i = 0; i < 50; i++) {
            append();
        }
        assertThat(journal.segmentCount()).isEqualTo(3);
        disk.failingForce = "Input/output error";
        assertThat(journal.force()).isFalse();
        assertThat(journal.isDirty()).isTrue();

        disk.failingForce = "";
        disk.forces = 0;
        assertThat(journal.force()).isTrue();
        assertThat(disk.forces).as("both ended segments, and the current one").isEqualTo(3);
        assertThat(journal.force()).isTrue();
        assertThat(disk.forces).as("nothing new").isEqualTo(3);
        assertThat(readAll()).hasSize(50);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.DropReason;
import dev.weir.core.testing.ManualTicker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {

    private static final byte[] RESOURCE = {1, 2, 3};
    private static final long RUN = 77;

    @TempDir
    Path directory;

    private final ManualTicker ticker = new ManualTicker(Long.MAX_VALUE - 5_000_000_000L, 1_800_000_000_000_000_000L);
    private final Map<DropReason, Long> lost = new EnumMap<>(DropReason.class);
    private long lostBySeverity;
    private Journal journal;
    private int next;

    private Journal open(JournalLimits limits) throws IOException {
        journal = Journal.open(
                new FileStore(directory.resolve("file")),
                directory.resolve("cursor"),
                limits,
                ticker,
                (reason, records, bySeverity) -> {
                    lost.merge(reason, records, Long::sum);
                    for (long one : bySeverity) {
                        lostBySeverity += one;
                    }
                });
        return journal;
    }

    private static JournalLimits limits(long segment, long max, boolean dropOldest) {
        return new JournalLimits(segment, max, Duration.ofHours(24).toNanos(), 0, dropOldest, true);
    }

    @AfterEach
    void close() {
        if (journal != null) {
            journal.close();
        }
    }

    private boolean append(int payload) {
        return append(payload, RUN);
    }

    private boolean append(int payload, long run) {
        ByteBuffer entry = ByteBuffer.allocateDirect(Entry.HEADER + payload).order(ByteOrder.LITTLE_ENDIAN);
        entry.putInt(Entry.HEADER, next);
        Entry.count(entry, 2, 6);
        Entry.count(entry, 4, 4);
        if (journal.append(entry, Entry.SCOPE_LOGS, 1, 10, run, RESOURCE, next + 1)) {
            next++;
            return true;
        }
        return false;
    }

    private final List<RecordPosition> marks = new ArrayList<>();

    private List<Integer> readAll() {
        List<Integer> found = new ArrayList<>();
        for (ByteBuffer entry = journal.peek(); entry != null; entry = journal.peek()) {
            found.add(entry.getInt(Entry.HEADER));
            assertThat(journal.peekedResource()).isEqualTo(RESOURCE);
            marks.add(journal.take().to());
        }
        return found;
    }

    @Test
    void restart_continuesAtTheCursor() throws IOException {
        open(limits(10_000, 1 << 20, true));
        for (int i = 0; i < 30; i++) {
            append(1000);
        }
        readAll();
        journal.forget(170);
        journal.forgetUntil(marks.get(16));
        assertThat(journal.held()).isEqualTo(130);
        journal.close();

        open(limits(10_000, 1 << 20, true));

        assertThat(journal.held()).isEqualTo(130);
        assertThat(readAll()).hasSize(13).startsWith(17).endsWith(29);
        assertThat(lost).isEmpty();
    }

    @Test
    void settledSegments_areDeleted() throws IOException {
        open(limits(10_000, 1 << 20, true));
        for (int i = 0; i < 30; i++) {
            append(1000);
        }
        assertThat(journal.segmentCount()).isGreaterThan(3);
        readAll();
        journal.forget(300);
        journal.forgetUntil(marks.get(29));
        append(1000);

        assertThat(journal.segmentCount()).isLessThanOrEqualTo(2);
        assertThat(journal.held()).isEqualTo(10);
    }

    @Test
    void dropOldest_keepsTheBoundAndCountsEveryRecord() throws IOException {
        open(limits(10_000, 40_000, true));
        for (int i = 0; i < 100; i++) {
            assertThat(append(1000)).isTrue();
            assertThat(journal.bytes()).isLessThanOrEqualTo(40_000);
        }

        long dropped = lost.get(DropReason.DISK_FULL);
        assertThat(dropped).isPositive().isEqualTo(lostBySeverity);
        assertThat(journal.held()).isEqualTo(1000 - dropped);
        assertThat(readAll()).hasSize((int) (100 - dropped / 10)).endsWith(99);
    }

    @Test
    void dropNewest_refusesAndTakesAgainOnceThereIsRoom() throws IOException {
        open(limits(10_000, 40_000, false));
        int accepted = 0;
        while (append(1000)) {
            accepted++;
        }
        assertThat(journal.isFull()).isTrue();
        assertThat(journal.problem()).contains("40000");
        assertThat(accepted).isBetween(20, 39);
        assertThat(readAll()).hasSize(accepted);
        journal.forget(accepted * 10L);
        journal.forgetUntil(marks.get(accepted - 1));

        assertThat(append(1000)).isTrue();
        assertThat(journal.problem()).isNull();
        assertThat(lost).isEmpty();
    }

    @Test
    void dropOldest_underALiveReader_countsOnlyWhatWasNotHandedOut() throws IOException {
        open(limits(10_000, 40_000, true));
        for (int i = 0; i < 30; i++) {
            append(1000);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(journal.peek()).isNotNull();
            marks.add(journal.take().to());
        }
        journal.peek();
        for (int i = 0; i < 40; i++) {
            append(1000);
        }

        List<Integer> rest = readAll();
        long dropped = lost.get(DropReason.DISK_FULL);
        assertThat(4 + rest.size() + dropped / 10).isEqualTo(70);
        assertThat(rest).isSorted().endsWith(69);
        assertThat(journal.held()).isEqualTo(700 - dropped);
        journal.forget(journal.held());
        journal.forgetUntil(marks.get(marks.size() - 1));
        assertThat(journal.held()).isZero();
    }

    @Test
    void old_segments_areGivenUpByAge_andTheClockOnTheWallDoesNotMatter() throws IOException {
        open(limits(10_000, 1 << 20, true));
        append(1000);
        ticker.stepWallClock(Duration.ofHours(-2));
        append(1000);
        ticker.stepWallClock(Duration.ofHours(48));
        journal.expire();
        assertThat(lost).isEmpty();
        ticker.advance(Duration.ofHours(13));
        journal.expire();
        append(1000);
        ticker.advance(Duration.ofHours(12));
        journal.expire();

        assertThat(lost).containsExactly(Map.entry(DropReason.AGED, 20L));
        assertThat(readAll()).containsExactly(2);
    }

    @Test
    void restart_afterTheClockWentBack_keepsEverything() throws IOException {
        open(limits(10_000, 1 << 20, true));
        append(1000);
        journal.close();
        ticker.stepWallClock(Duration.ofHours(-2));
        open(limits(10_000, 1 << 20, true));
        append(1000);
        journal.expire();
        journal.close();
        ticker.stepWallClock(Duration.ofHours(4));
        open(limits(10_000, 1 << 20, true));
        journal.expire();

        assertThat(readAll()).containsExactly(0, 1);
        assertThat(lost).isEmpty();
    }

    @Test
    void storedUntil_knowsTheLastEntryOfARun() throws IOException {
        open(limits(10_000, 1 << 20, true));
        append(1000, 5);
        append(1000, 5);
        append(1000, 6);
        journal.close();

        open(limits(10_000, 1 << 20, true));

        assertThat(journal.storedUntil(5)).isEqualTo(2);
        assertThat(journal.storedUntil(6)).isEqualTo(3);
        assertThat(journal.storedUntil(7)).isEqualTo(Long.MIN_VALUE);
    }

    /** Where a byte of the second of three segments is changed, and how. */
    @ParameterizedTest
    @ValueSource(
            strings = {"flip payload", "flip length", "zero head", "zero all", "garbage", "truncate", "empty", "missing"
            })
    void damagedSegment_isCountedAndTheRestGoesOn(String how) throws IOException {
        open(limits(10_000, 1 << 20, true));
        for (int i = 0; i < 25; i++) {
            append(1000);
        }
        int segments = journal.segmentCount();
        assertThat(segments).isEqualTo(3);
        journal.close();
        Path file = directory.resolve("file").resolve("seg-0000000002.weir");
        damage(file, how);

        open(limits(10_000, 1 << 20, true));
        List<Integer> found = readAll();

        assertThat(found).isSorted().doesNotHaveDuplicates().startsWith(0).endsWith(24);
        long missing = 250 - found.size() * 10L;
        long counted = lost.getOrDefault(DropReason.CORRUPTED, 0L) + journal.corruptedAtOpen();
        assertThat(counted).isEqualTo(how.equals("missing") ? 0 : missing);
        assertThat(journal.held()).isEqualTo(found.size() * 10L);
        journal.forget(journal.held());
        journal.forgetUntil(marks.get(marks.size() - 1));
        assertThat(append(1000)).isTrue();
        assertThat(readAll()).containsExactly(25);
    }

    private static void damage(Path file, String how) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        switch (how) {
            case "flip payload" -> bytes[3000] ^= 1;
            case "flip length" -> {
                // The second entry begins behind the head.
                int second = Entry.HEADER
                        + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
                bytes[second + 5] ^= 0x10;
            }
            case "zero head" -> java.util.Arrays.fill(bytes, 0, 150, (byte) 0);
            case "zero all" -> java.util.Arrays.fill(bytes, (byte) 0);
            case "garbage" -> new java.util.Random(1).nextBytes(bytes);
            case "truncate" -> bytes = java.util.Arrays.copyOf(bytes, bytes.length / 2);
            case "empty" -> bytes = new byte[0];
            default -> {
                Files.delete(file);
                return;
            }
        }
        Files.write(file, bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage", "one slot", "empty", "missing"})
    void damagedCursor_costsDuplicatesAtMost(String how) throws IOException {
        open(limits(10_000, 1 << 20, true));
        for (int i = 0; i < 5; i++) {
            append(1000);
        }
        readAll();
        journal.forget(20);
        journal.forgetUntil(marks.get(1));
        journal.forget(10);
        journal.forgetUntil(marks.get(2));
        journal.close();
        Path cursor = directory.resolve("cursor");
        switch (how) {
            case "garbage" -> Files.write(cursor, new byte[128]);
            case "one slot" -> {
                try (FileChannel channel = FileChannel.open(cursor, StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.wrap(new byte[] {77, 77}), 12);
                }
            }
            case "empty" -> Files.write(cursor, new byte[0]);
            default -> Files.delete(cursor);
        }

        open(limits(10_000, 1 << 20, true));

        assertThat(readAll()).endsWith(3, 4).hasSizeBetween(2, 5);
        assertThat(lost).isEmpty();
    }

    @Test
    void damageInTheLivingSegment_doesNotStopTheReader() throws IOException {
        open(limits(100_000, 1 << 20, true));
        for (int i = 0; i < 10; i++) {
            append(1000);
        }
        Path file = directory.resolve("file").resolve("seg-0000000001.weir");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {9, 9, 9}), 5000);
        }

        assertThat(readAll()).hasSize(9);
        assertThat(lost).containsExactly(Map.entry(DropReason.CORRUPTED, 10L));
        assertThat(append(1000)).isTrue();
        assertThat(readAll()).containsExactly(10);
    }

    private Path segment(int number) {
        return directory.resolve("file").resolve("seg-000000000" + number + ".weir");
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 4;
        Files.write(file, bytes);
    }

    @Test
    void damageInTheMiddle_isCountedWhereItIsFound() throws IOException {
        open(limits(100_000, 1 << 20, true));
        for (int i = 0; i < 10; i++) {
            append(1000);
        }
        journal.close();
        flip(segment(1), 4700);
        open(limits(100_000, 1 << 20, true));
        assertThat(journal.held()).as("they are there until they are missed").isEqualTo(100);

        List<Integer> found = new ArrayList<>();
        while (lost.isEmpty() && journal.peek() != null) {
            found.add(journal.peek().getInt(Entry.HEADER));
            journal.take();
        }

        assertThat(found).containsExactly(0, 1, 2, 3, 5);
        assertThat(lost).containsExactly(Map.entry(DropReason.CORRUPTED, 10L));
        assertThat(journal.held()).isEqualTo(90);
        assertThat(readAll()).containsExactly(6, 7, 8, 9);
        assertThat(journal.damaged()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"payload", "header", "torn"})
    void damageOfTheLastEntry_isCounted_butNotWhatAKillLeft(String where) throws IOException {
        open(limits(100_000, 1 << 20, true));
        for (int i = 0; i < 10; i++) {
            append(1000);
        }
        journal.close();
        byte[] bytes = Files.readAllBytes(segment(1));
        int last = bytes.length - 1000 - Entry.HEADER;
        switch (where) {
            case "payload" -> bytes[last + 500] ^= 1;
            case "header" -> java.util.Arrays.fill(bytes, last, last + Entry.HEADER, (byte) 0);
            default -> bytes = java.util.Arrays.copyOf(bytes, last + 700);
        }
        Files.write(segment(1), bytes);

        open(limits(100_000, 1 << 20, true));

        assertThat(readAll()).hasSize(9);
        long expected = where.equals("payload") ? 10 : where.equals("header") ? 1 : 0;
        assertThat(lost.getOrDefault(DropReason.CORRUPTED, 0L)).isEqualTo(expected);
        assertThat(journal.held()).isEqualTo(90);
        assertThat(journal.damaged()).isEqualTo(expected > 0 ? 1 : 0);
    }

    @Test
    void damageOfSettledEntries_costsNothing() throws IOException {
        open(limits(100_000, 1 << 20, true));
        for (int i = 0; i < 10; i++) {
            append(1000);
        }
        readAll();
        journal.forget(40);
        journal.forgetUntil(marks.get(3));
        journal.close();
        flip(segment(1), 1500);
        flip(segment(1), 3900);

        open(limits(100_000, 1 << 20, true));

        assertThat(readAll()).containsExactly(4, 5, 6, 7, 8, 9);
        assertThat(lost).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3000, 1 << 20})
    void cursorBetweenNoTwoEntries_costsDuplicatesAtMost(long position) throws IOException {
        open(limits(100_000, 1 << 20, true));
        for (int i = 0; i < 10; i++) {
            append(1000);
        }
        journal.close();
        try (Cursor cursor = Cursor.open(directory.resolve("cursor"))) {
            cursor.set(new RecordPosition(1, position, 20, 0));
        }

        open(limits(100_000, 1 << 20, true));

        assertThat(readAll()).isSorted().hasSizeBetween(8, 10).endsWith(2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(lost).isEmpty();
    }

    @Test
    void segmentsWithoutAnything_areRemovedSilently() throws IOException {
        open(limits(10_000, 1 << 20, true));
        append(1000);
        journal.close();
        Files.write(segment(2), new byte[0]);
        Files.write(segment(3), new byte[9000]);

        open(limits(10_000, 1 << 20, true));

        assertThat(readAll()).containsExactly(0);
        assertThat(journal.damaged()).isZero();
        assertThat(segment(2)).doesNotExist();
        assertThat(segment(3)).doesNotExist();
        assertThat(directory.resolve("file").resolve("quarantine")).doesNotExist();
        assertThat(append(1000)).isTrue();
        assertThat(readAll()).containsExactly(1);
    }

    @Test
    void segmentsThatCannotBeRead_areSetAside_twoOfThemAtMost() throws IOException {
        byte[] garbage = new byte[9000];
        new java.util.Random(1).nextBytes(garbage);
        long counted = 0;
        for (int i = 1; i < 6; i++) {
            open(limits(10_000, 1 << 20, true)).close();
            Files.write(segment(i), garbage);
            open(limits(10_000, 1 << 20, true));
            assertThat(journal.damaged()).isEqualTo(1);
            counted += journal.corruptedAtOpen();
            journal.close();
        }

        assertThat(counted).isEqualTo(5);
        try (java.util.stream.Stream<Path> kept =
                Files.list(directory.resolve("file").resolve("quarantine"))) {
            assertThat(kept.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("seg-0000000004.weir", "seg-0000000005.weir");
        }
    }
}

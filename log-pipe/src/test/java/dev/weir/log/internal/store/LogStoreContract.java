// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link LogStore} must do; each implementation runs all of it. */
abstract class LogStoreContract {

    static final long SEGMENT_BYTES = 1 << 20;

    @TempDir
    Path directory;

    LogStore store;

    abstract LogStore open(Path directory) throws IOException;

    @BeforeEach
    void openStore() throws IOException {
        store = open(directory.resolve("store"));
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    static ByteBuffer entry(long segment, int number, int payload) {
        ByteBuffer entry = ByteBuffer.allocateDirect(Entry.HEADER + payload).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < payload; i++) {
            entry.put(Entry.HEADER + i, (byte) (number + i));
        }
        Entry.count(entry, 2, 3);
        Entry.seal(entry, Entry.SCOPE_LOGS, 1, 3, segment, 0, number);
        return entry;
    }

    static List<Long> read(SegmentReader reader) throws IOException {
        List<Long> found = new ArrayList<>();
        for (ByteBuffer entry = reader.next(); entry != null; entry = reader.next()) {
            long number = Entry.until(entry);
            for (int i = 0; i < Entry.payloadLength(entry); i++) {
                assertThat(entry.get(Entry.HEADER + i)).isEqualTo((byte) (number + i));
            }
            assertThat(Entry.records(entry)).isEqualTo(3);
            assertThat(Entry.count(entry, 2)).isEqualTo(3);
            found.add(number);
        }
        return found;
    }

    @Test
    void append_isReadInOrder_alsoWhileTheSegmentGrows() throws IOException {
        store.begin(1, SEGMENT_BYTES);
        store.append(entry(1, 0, 100));
        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).containsExactly(0L);
            store.append(entry(1, 1, 5000));
            store.append(entry(1, 2, 0));
            assertThat(read(reader)).containsExactly(1L, 2L);
            assertThat(read(reader)).isEmpty();
            assertThat(reader.damaged()).isZero();
        }
    }

    @Test
    void append_withoutSegment_isRefused() {
        assertThatThrownBy(() -> store.append(entry(1, 0, 10))).isInstanceOf(IOException.class);
    }

    @Test
    void append_leavesPositionOfTheEntry() throws IOException {
        store.begin(1, SEGMENT_BYTES);
        ByteBuffer entry = entry(1, 0, 10);
        store.append(entry);

        assertThat(entry.position()).isZero();
        assertThat(entry.remaining()).isEqualTo(Entry.HEADER + 10);
    }

    @Test
    void segments_areListedAscending_andReadApart() throws IOException {
        for (long segment : new long[] {3, 4, 7, 200}) {
            store.begin(segment, SEGMENT_BYTES);
            store.append(entry(segment, (int) segment, 300));
            store.append(entry(segment, (int) segment + 1, 300));
        }

        assertThat(store.segments()).containsExactly(3, 4, 7, 200);
        for (long segment : store.segments()) {
            try (SegmentReader reader = store.read(segment)) {
                assertThat(read(reader)).containsExactly(segment, segment + 1);
            }
            assertThat(store.bytes(segment)).isGreaterThanOrEqualTo(2 * (Entry.HEADER + 300));
        }
    }

    @Test
    void seek_goesBackToWhatPositionSaid() throws IOException {
        store.begin(5, SEGMENT_BYTES);
        for (int i = 0; i < 20; i++) {
            store.append(entry(5, i, 50 * i));
        }
        long middle;
        try (SegmentReader reader = store.read(5)) {
            for (int i = 0; i < 8; i++) {
                reader.next();
            }
            middle = reader.position();
        }
        try (SegmentReader reader = store.read(5)) {
            reader.seek(middle);
            assertThat(read(reader)).hasSize(12).startsWith(8L);
            long end = reader.position();
            reader.seek(end);
            assertThat(read(reader)).isEmpty();
            store.append(entry(5, 20, 10));
            assertThat(read(reader)).containsExactly(20L);
        }
    }

    @Test
    void delete_removesASegment_alsoUnderItsReader() throws IOException {
        store.begin(1, SEGMENT_BYTES);
        store.append(entry(1, 0, 100));
        store.append(entry(1, 1, 100));
        store.begin(2, SEGMENT_BYTES);
        store.append(entry(2, 2, 100));
        SegmentReader reader = store.read(1);
        reader.next();

        store.delete(1);

        assertThat(store.segments()).containsExactly(2);
        assertThat(read(reader)).allMatch(number -> number == 1);
        reader.close();
        try (SegmentReader second = store.read(2)) {
            assertThat(read(second)).containsExactly(2L);
        }
        assertThat(store.bytes(1)).isZero();
    }

    @Test
    void quarantine_takesASegmentOutOfTheList() throws IOException {
        store.begin(1, SEGMENT_BYTES);
        store.append(entry(1, 0, 100));
        store.begin(2, SEGMENT_BYTES);
        store.append(entry(2, 1, 100));

        store.quarantine(1);

        assertThat(store.segments()).containsExactly(2);
    }

    @Test
    void largeEntries_andManySmallOnes_areKeptWhole() throws IOException {
        store.begin(1, 4 * SEGMENT_BYTES);
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            store.append(entry(1, i, i % 10 == 0 ? 140_000 / (1 + i % 7) : 17 * (i % 40)));
            expected.add((long) i);
        }
        store.force();

        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).isEqualTo(expected);
        }
    }

    @Test
    void reopened_hasEverything_ifDurable() throws IOException {
        store.begin(1, SEGMENT_BYTES);
        store.append(entry(1, 0, 100));
        store.begin(2, SEGMENT_BYTES);
        store.append(entry(2, 1, 100));
        store.append(entry(2, 2, 100));
        store.close();

        store = open(directory.resolve("store"));

        assertThat(store.segments()).isEqualTo(store.isDurable() ? new long[] {1, 2} : new long[0]);
        if (store.isDurable()) {
            try (SegmentReader reader = store.read(2)) {
                assertThat(read(reader)).isEqualTo(Arrays.asList(1L, 2L));
            }
            store.begin(3, SEGMENT_BYTES);
            store.append(entry(3, 3, 100));
            try (SegmentReader reader = store.read(3)) {
                assertThat(read(reader)).containsExactly(3L);
            }
        }
    }
}

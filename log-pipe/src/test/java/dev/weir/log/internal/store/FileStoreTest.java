// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

class FileStoreTest extends LogStoreContract {

    @Override
    LogStore open(Path directory) throws IOException {
        return new FileStore(directory);
    }

    private Path segment() {
        return directory.resolve("store").resolve("seg-0000000001.weir");
    }

    private void write(long at, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(segment(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
        }
    }

    private void fill() throws IOException {
        store.begin(1, SEGMENT_BYTES);
        for (int i = 0; i < 10; i++) {
            store.append(entry(1, i, 100));
        }
        store.close();
        store = open(directory.resolve("store"));
    }

    private static final int ENTRY = Entry.HEADER + 100;

    @Test
    void flippedBit_losesThatEntryOnly() throws IOException {
        fill();
        write(3 * ENTRY + 70, new byte[] {0x55});

        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).containsExactly(0L, 1L, 2L, 4L, 5L, 6L, 7L, 8L, 9L);
            assertThat(reader.damaged()).isEqualTo(1);
        }
    }

    @Test
    void zeroedHeader_isSearchedPast() throws IOException {
        fill();
        write(3 * ENTRY, new byte[Entry.HEADER]);

        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).containsExactly(0L, 1L, 2L, 4L, 5L, 6L, 7L, 8L, 9L);
            assertThat(reader.damaged()).isEqualTo(1);
        }
    }

    @Test
    void damagedLengthOrMagic_costsNothing() throws IOException {
        fill();
        write(4, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f});
        write(3 * ENTRY, new byte[] {0});
        write(9 * ENTRY + 6, new byte[] {1});

        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
            assertThat(reader.lostAtEnd()).isZero();
        }
    }

    @Test
    void lastEntryDamaged_isKnownByItsHeader_andWithoutHeaderCountsAsOne() throws IOException {
        fill();
        write(9 * ENTRY + 70, new byte[] {0x55});
        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).hasSize(9);
            assertThat(reader.lostAtEnd()).isEqualTo(3);
            assertThat(reader.damaged()).isEqualTo(1);
        }
        write(9 * ENTRY, new byte[Entry.HEADER]);
        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).hasSize(9);
            assertThat(reader.lostAtEnd()).isEqualTo(1);
        }
        write(9 * ENTRY, new byte[ENTRY]);
        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).hasSize(9);
            assertThat(reader.lostAtEnd()).as("room that was never written to").isZero();
            assertThat(reader.damaged()).isZero();
        }
    }

    @Test
    void tornTail_isCut() throws IOException {
        fill();
        try (FileChannel channel = FileChannel.open(segment(), StandardOpenOption.WRITE)) {
            channel.truncate(10L * ENTRY - 30);
        }

        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).hasSize(9).endsWith(8L);
            assertThat(reader.damaged()).as("a kill is no damage").isZero();
            assertThat(reader.lostAtEnd()).isZero();
        }
        try (FileChannel channel = FileChannel.open(segment(), StandardOpenOption.WRITE)) {
            channel.truncate(9L * ENTRY + 3);
        }
        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).hasSize(9).endsWith(8L);
            assertThat(reader.lostAtEnd()).isZero();
        }
    }

    @Test
    void garbageOrNothing_isNoEntry() throws IOException {
        fill();
        byte[] garbage = new byte[10_000];
        new java.util.Random(7).nextBytes(garbage);
        Files.write(segment(), garbage);
        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).isEmpty();
        }
        Files.write(segment(), new byte[0]);
        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).isEmpty();
        }
    }

    @Test
    void entryOfAnotherSegment_isNotTaken() throws IOException {
        fill();
        Files.copy(segment(), segment().resolveSibling("seg-0000000009.weir"));

        try (SegmentReader reader = store.read(9)) {
            assertThat(read(reader)).isEmpty();
        }
    }
}

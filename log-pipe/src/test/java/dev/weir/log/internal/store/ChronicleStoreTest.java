// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("opens")
class ChronicleStoreTest extends LogStoreContract {

    @Override
    LogStore open(Path directory) throws IOException {
        return new ChronicleStore(directory);
    }

    private Path cycle() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("store"))) {
            List<Path> found =
                    files.filter(file -> file.toString().endsWith(".cq4")).collect(Collectors.toList());
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }

    private void fill() throws IOException {
        store.begin(1, SEGMENT_BYTES);
        for (int i = 0; i < 10; i++) {
            store.append(entry(1, i, 100));
        }
    }

    private long find(Path file, int number) throws IOException {
        ByteBuffer wanted = entry(1, number, 100);
        byte[] pattern = new byte[Entry.HEADER + 100];
        wanted.get(pattern);
        byte[] all = Files.readAllBytes(file);
        for (int i = 0; i + pattern.length <= all.length; i++) {
            if (java.util.Arrays.equals(all, i, i + pattern.length, pattern, 0, pattern.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }

    @Test
    void flippedBit_isNotDelivered() throws IOException {
        fill();
        long at = find(cycle(), 3);
        try (FileChannel channel = FileChannel.open(cycle(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {0x55}), at + 70);
        }

        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).containsExactly(0L, 1L, 2L, 4L, 5L, 6L, 7L, 8L, 9L);
            assertThat(reader.damaged()).isEqualTo(1);
        }
    }

    @Test
    void blocksOfASegment_existBeforeTheyAreUsed() throws Exception {
        fill();
        Process du = new ProcessBuilder("du", "-k", cycle().toString()).start();
        String blocks = new String(du.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);

        assertThat(Long.parseLong(blocks.split("\\s")[0]) * 1024).isGreaterThanOrEqualTo(SEGMENT_BYTES);
    }

    @Test
    void metadataOfADeadProcess_isRemovedAtOpen() throws IOException {
        fill();
        store.close();
        Files.write(directory.resolve("store").resolve("metadata.cq4t"), new byte[4096]);

        store = open(directory.resolve("store"));

        try (SegmentReader reader = store.read(1)) {
            assertThat(read(reader)).hasSize(10);
        }
        store.begin(2, SEGMENT_BYTES);
        store.append(entry(2, 10, 100));
        try (SegmentReader reader = store.read(2)) {
            assertThat(read(reader)).containsExactly(10L);
        }
    }
}

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
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What can happen to the queue's own files between two runs. Whatever it is: the journal opens, nothing wrong is handed
 * out, what is missing is counted, the other segments and new entries are not touched by it.
 */
@Tag("opens")
class ChronicleDamageTest {

    private static final byte[] RESOURCE = {1, 2, 3};
    private static final int RECORDS = 10;

    @TempDir
    Path directory;

    private final ManualTicker ticker = new ManualTicker();
    private final Map<DropReason, Long> lost = new EnumMap<>(DropReason.class);
    private int next;

    /** Of the second of three segments, where nothing else is said. */
    enum Damage {
        TRUNCATED_IN_THE_MIDDLE,
        TRUNCATED_TO_A_PAGE,
        EMPTY,
        GARBAGE,
        ZEROED_PAGE_OF_ENTRIES,
        ZEROED_FIRST_PAGE,
        FLIPPED_PAYLOAD,
        FLIPPED_DOCUMENT_LENGTH,
        DOCUMENT_NEVER_COMPLETED,
        WRONG_INDEX,
        METADATA_DELETED,
        METADATA_GARBAGE,
        FOREIGN_FILES,
        SEGMENT_DELETED,
        LAST_SEGMENT_TRUNCATED,
        LAST_SEGMENT_ENDS_WITH_GARBAGE,
        LAST_SEGMENT_EMPTY,
        LAST_SEGMENT_OF_100_BYTES,
        LAST_SEGMENT_WITHOUT_HEAD,
        LAST_SEGMENT_GARBAGE,
        LAST_DOCUMENT_FLIPPED_WITHOUT_HEADER;

        boolean isOfTheLast() {
            return name().startsWith("LAST");
        }

        /** Everything is still there to be read. */
        boolean costsNothing() {
            return switch (this) {
                case FLIPPED_DOCUMENT_LENGTH,
                        DOCUMENT_NEVER_COMPLETED,
                        WRONG_INDEX,
                        ZEROED_FIRST_PAGE,
                        METADATA_DELETED,
                        METADATA_GARBAGE,
                        FOREIGN_FILES,
                        LAST_SEGMENT_ENDS_WITH_GARBAGE,
                        LAST_SEGMENT_WITHOUT_HEAD -> true;
                default -> false;
            };
        }
    }

    private Journal open() throws IOException {
        JournalLimits limits =
                new JournalLimits(10_000, 256 << 20, Duration.ofHours(24).toNanos(), 0, true, true);
        return Journal.open(
                new ChronicleStore(directory.resolve("queue")),
                directory.resolve("cursor"),
                limits,
                ticker,
                (reason, records, bySeverity) -> lost.merge(reason, records, Long::sum));
    }

    private boolean append(Journal journal) {
        int payload = 1000;
        ByteBuffer entry = ByteBuffer.allocateDirect(Entry.HEADER + payload).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < payload; i += 4) {
            entry.putInt(Entry.HEADER + i, next);
        }
        Entry.count(entry, 2, RECORDS);
        if (journal.append(entry, Entry.SCOPE_LOGS, 1, RECORDS, 7, RESOURCE, next + 1)) {
            next++;
            return true;
        }
        return false;
    }

    private void appendAll(Journal journal, int entries) {
        for (int i = 0; i < entries; i++) {
            assertThat(append(journal)).isTrue();
        }
    }

    private static List<Integer> readAll(Journal journal) {
        List<Integer> found = new ArrayList<>();
        for (ByteBuffer entry = journal.peek(); entry != null; entry = journal.peek()) {
            int number = entry.getInt(Entry.HEADER);
            for (int i = Entry.HEADER; i < entry.limit(); i += 4) {
                assertThat(entry.getInt(i)).as("a damaged entry was handed out").isEqualTo(number);
            }
            found.add(number);
            journal.take();
        }
        return found;
    }

    @ParameterizedTest
    @EnumSource
    void damage_isCounted_andTheRestGoesOn(Damage how) throws IOException {
        try (Journal journal = open()) {
            appendAll(journal, 25);
            assertThat(journal.segmentCount()).isEqualTo(3);
        }
        List<Path> cycles = cycles();
        assertThat(cycles).hasSize(3);
        damage(how, cycles);

        try (Journal journal = open()) {
            List<Integer> found = readAll(journal);

            int perSegment = 9;
            assertThat(found).isSorted().doesNotHaveDuplicates();
            assertThat(found).as("the first segment").startsWith(0, 1, 2, 3, 4, 5, 6, 7, 8);
            if (!how.isOfTheLast()) {
                assertThat(found).as("the last segment").endsWith(18, 19, 20, 21, 22, 23, 24);
            }
            long missing = lost.getOrDefault(DropReason.CORRUPTED, 0L) + journal.corruptedAtOpen();
            if (how.costsNothing()) {
                assertThat(found).hasSize(25);
                assertThat(missing).isEqualTo(how == Damage.LAST_SEGMENT_ENDS_WITH_GARBAGE ? 1 : 0);
            } else if (how.isOfTheLast() || how == Damage.SEGMENT_DELETED) {
                // Nobody is left that knows how many there were.
                assertThat(found.size()).isBetween(25 - perSegment, 25);
            } else {
                assertThat(found.size() * (long) RECORDS + missing).isEqualTo(25L * RECORDS);
            }
            if (how == Damage.LAST_DOCUMENT_FLIPPED_WITHOUT_HEADER) {
                assertThat(missing).isEqualTo(RECORDS);
            }
            if (how == Damage.FLIPPED_PAYLOAD) {
                assertThat(found).hasSize(24);
                assertThat(journal.damaged()).isEqualTo(1);
            }

            appendAll(journal, 2);
            assertThat(readAll(journal)).containsExactly(25, 26);
        }
    }

    /** The queue writes the bytes of a document first and its header last. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 23, 24, Entry.HEADER - 1, Entry.HEADER, Entry.HEADER + 500, Entry.HEADER + 990})
    void kill_whileTheLastDocumentWasWritten_isNoDamage(int written) throws IOException {
        int entryBytes = Entry.HEADER + 1000;
        try (Journal journal = open()) {
            appendAll(journal, 5);
        }
        Path file = cycles().get(0);
        long last = find(file, 4) - Entry.HEADER;
        write(file, last - 4, new byte[4]);
        write(file, last + written, new byte[entryBytes - written]);

        try (Journal journal = open()) {
            assertThat(readAll(journal)).containsExactly(0, 1, 2, 3);
            assertThat(journal.damaged()).isZero();
            assertThat(journal.corruptedAtOpen()).isZero();
            assertThat(lost).isEmpty();
            assertThat(append(journal)).isTrue();
            assertThat(readAll(journal)).containsExactly(5);
        }
    }

    @Test
    void kill_beforeTheHeaderOfAWholeDocument_losesNothing() throws IOException {
        try (Journal journal = open()) {
            appendAll(journal, 5);
        }
        Path file = cycles().get(0);
        write(file, find(file, 4) - Entry.HEADER - 4, new byte[4]);

        try (Journal journal = open()) {
            assertThat(readAll(journal)).containsExactly(0, 1, 2, 3, 4);
            assertThat(lost).isEmpty();
        }
    }

    private List<Path> cycles() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("queue"))) {
            return files.filter(file -> file.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        }
    }

    private void damage(Damage how, List<Path> cycles) throws IOException {
        Path second = cycles.get(1);
        switch (how) {
            case TRUNCATED_IN_THE_MIDDLE -> truncate(second, find(second, 13) + 500);
            case TRUNCATED_TO_A_PAGE -> truncate(second, 4096);
            case EMPTY -> truncate(second, 0);
            case GARBAGE -> Files.write(second, garbage((int) Files.size(second)));
            case ZEROED_PAGE_OF_ENTRIES -> write(second, find(second, 11), new byte[4096]);
            case ZEROED_FIRST_PAGE -> write(second, 0, new byte[4096]);
            case FLIPPED_PAYLOAD -> write(second, find(second, 12) + 300, new byte[] {0x55});
            case FLIPPED_DOCUMENT_LENGTH -> write(second, find(second, 12) - Entry.HEADER - 4, new byte[] {0x13});
            case DOCUMENT_NEVER_COMPLETED ->
                write(second, find(second, 12) - Entry.HEADER - 1, new byte[] {(byte) 0x80});
            case WRONG_INDEX -> {
                // The index lies between the file's header and the first document.
                long first = find(second, 9);
                byte[] index = new byte[(int) Math.min(8192, first - 1024)];
                new Random(4).nextBytes(index);
                write(second, first - Entry.HEADER - 256 - index.length, index);
            }
            case METADATA_DELETED -> Files.deleteIfExists(second.resolveSibling("metadata.cq4t"));
            case METADATA_GARBAGE -> {
                byte[] garbage = new byte[64 << 10];
                new Random(5).nextBytes(garbage);
                Files.write(second.resolveSibling("metadata.cq4t"), garbage);
            }
            case FOREIGN_FILES -> {
                Files.writeString(second.resolveSibling("README.txt"), "not ours");
                Files.writeString(second.resolveSibling("19700101-99F.cq4"), "not a cycle");
                Files.writeString(second.resolveSibling("20260101F.cq4"), "a cycle of another kind of roll");
                Files.createDirectory(second.resolveSibling("folder"));
            }
            case SEGMENT_DELETED -> Files.delete(second);
            case LAST_SEGMENT_TRUNCATED -> truncate(cycles.get(2), find(cycles.get(2), 20) + 100);
            case LAST_SEGMENT_ENDS_WITH_GARBAGE -> write(cycles.get(2), find(cycles.get(2), 24) + 1000, garbage(64));
            case LAST_SEGMENT_EMPTY -> truncate(cycles.get(2), 0);
            case LAST_SEGMENT_OF_100_BYTES -> truncate(cycles.get(2), 100);
            case LAST_SEGMENT_WITHOUT_HEAD -> write(cycles.get(2), 0, new byte[200]);
            case LAST_DOCUMENT_FLIPPED_WITHOUT_HEADER -> {
                Path last = cycles.get(2);
                write(last, find(last, 24) + 300, new byte[] {0x55});
                write(last, find(last, 24) - Entry.HEADER - 4, new byte[4]);
            }
            case LAST_SEGMENT_GARBAGE -> Files.write(cycles.get(2), garbage((int) Files.size(cycles.get(2))));
        }
    }

    private static byte[] garbage(int length) {
        byte[] garbage = new byte[length];
        new Random(3).nextBytes(garbage);
        return garbage;
    }

    private static void truncate(Path file, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    private static void write(Path file, long at, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
        }
    }

    /** Where the payload of the entry with {@code number} begins. */
    private static long find(Path file, int number) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + 1000 <= all.capacity(); at++) {
            if (all.getInt(at) == number && all.getInt(at + 4) == number && all.getInt(at + 996) == number) {
                return at;
            }
        }
        throw new AssertionError("not found");
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.RecordLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RingTest {

    @TempDir
    Path directory;

    private final RecordEncoder encoder = new RecordEncoder(RecordLimits.DEFAULT);

    private long offer(Ring ring, String body, long usable) {
        encoder.start(1, 1, 9, "");
        encoder.body(body);
        encoder.finish();
        return ring.put(ring.producers().add(false), encoder, 7 | 9 << 16, usable);
    }

    private static List<String> poll(FrameSource source) {
        List<String> bodies = new ArrayList<>();
        source.poll((offset, length, header) -> {
            assertThat(header).isEqualTo(7 | 9 << 16);
            ByteBuffer frame = ByteBuffer.allocate(length);
            source.copy(offset, frame, 0, length);
            String text = new String(frame.array(), java.nio.charset.StandardCharsets.ISO_8859_1);
            bodies.add(text.substring(text.lastIndexOf('#') + 1));
            return true;
        });
        return bodies;
    }

    @Test
    void claim_whenFull_saysSoUntilReleased() {
        Ring ring = new RingRun(1024, 42, new byte[0]).inMemory(0);
        int accepted = 0;
        while (offer(ring, "#" + accepted, 1024) >= 0) {
            accepted++;
        }

        assertThat(accepted).isGreaterThan(10);
        assertThat(offer(ring, "#more", 1024)).isEqualTo(Ring.FULL);
        assertThat(offer(ring, "#more", 512)).isEqualTo(Ring.FULL);
        assertThat(poll(ring)).hasSize(accepted);
        assertThat(offer(ring, "#more", 1024)).as("polled is not released").isEqualTo(Ring.FULL);
        ring.release();
        assertThat(offer(ring, "#more", 1024)).isNotNegative();
    }

    @Test
    void claim_aboveWhatCallerMayUse_isReserved() {
        Ring ring = new RingRun(1024, 42, new byte[0]).inMemory(0);
        while (offer(ring, "#low", 512) >= 0) {
            assertThat(ring.used()).isLessThanOrEqualTo(512);
        }

        assertThat(offer(ring, "#low", 512)).isEqualTo(Ring.RESERVED);
        assertThat(offer(ring, "#high", 1024)).isNotNegative();
    }

    @Test
    void close_givesNoMorePlaces_andTakesWhatHasOne() {
        Ring ring = new RingRun(1024, 42, new byte[0]).inMemory(0);
        encoder.start(1, 1, 9, "");
        encoder.body("#late");
        encoder.finish();
        Producer producer = ring.producers().add(false);
        producer.enter(0, 9);
        long position = ring.claim(producer, encoder.length(), 1024);
        ring.close();

        assertThat(ring.isWaitingForProducer()).isTrue();
        ring.commit(position, encoder, 7 | 9 << 16);
        assertThat(offer(ring, "#more", 1024)).isEqualTo(Ring.CLOSED);
        assertThat(poll(ring)).containsExactly("late");
        ring.release();
        assertThat(ring.used()).isZero();
        assertThat(offer(ring, "#more", 1024)).isEqualTo(Ring.CLOSED);
    }

    @Test
    void claim_largerThanHalfTheRing_isTooLarge() {
        Ring ring = new RingRun(1024, 42, new byte[0]).inMemory(0);

        assertThat(offer(ring, "#" + "x".repeat(600), 1024)).isEqualTo(Ring.TOO_LARGE);
    }

    @Test
    void manyLaps_keepOrderAndContent() {
        Ring ring = new RingRun(4096, 42, new byte[0]).inMemory(0);
        int next = 0;
        int seen = 0;
        for (int lap = 0; lap < 2000; lap++) {
            for (int i = 0; i < 1 + lap % 17; i++) {
                if (offer(ring, "#" + next + "." + "y".repeat(next % 101), 4096) >= 0) {
                    next++;
                }
            }
            for (String body : poll(ring)) {
                assertThat(body).startsWith(seen + ".");
                assertThat(body.length()).isEqualTo((seen + ".").length() + seen % 101);
                seen++;
            }
            ring.release();
        }
        assertThat(seen).isEqualTo(next).isGreaterThan(10_000);
        assertThat(ring.used()).isZero();
    }

    @Test
    void rewind_pollsAgain() {
        Ring ring = new RingRun(1024, 42, new byte[0]).inMemory(0);
        offer(ring, "#a", 1024);
        offer(ring, "#b", 1024);

        assertThat(poll(ring)).containsExactly("a", "b");
        assertThat(poll(ring)).isEmpty();
        ring.rewind();
        assertThat(poll(ring)).containsExactly("a", "b");
    }

    @Test
    void oldRing_findsWhatWasCommittedAndNotReleased() throws IOException {
        Path file = directory.resolve("ring");
        RingRun run = new RingRun(64 << 10, 42, new byte[] {1, 2, 3});
        RingFile ring = run.inFile(file, 0);
        int scope = run.scopes().id("my.logger");
        offer(ring.ring(), "#released", 64 << 10);
        poll(ring);
        ring.release();
        offer(ring.ring(), "#one", 64 << 10);
        offer(ring.ring(), "#two", 64 << 10);

        OldRing old = OldRing.open(file);

        assertThat(old.runId()).isEqualTo(42);
        assertThat(old.resource()).containsExactly(1, 2, 3);
        assertThat(new String(old.scopes().field(scope), java.nio.charset.StandardCharsets.ISO_8859_1))
                .endsWith("my.logger");
        assertThat(poll(old)).containsExactly("one", "two");
    }

    @Test
    void oldRing_skipsClaimedButNotCommitted_andDamagedFrames() throws IOException {
        Path file = directory.resolve("ring");
        RingFile ring = new RingRun(64 << 10, 42, new byte[0]).inFile(file, 0);
        offer(ring.ring(), "#one", 64 << 10);
        long damaged = offer(ring.ring(), "#damaged", 64 << 10);
        offer(ring.ring(), "#two", 64 << 10);
        Producer killed = ring.ring().producers().add(false);
        killed.enter(0, 9);
        ring.ring().claim(killed, 200, 64 << 10);
        offer(ring.ring(), "#three", 64 << 10);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long at = RingFile.HEADER_BYTES + RingFile.CATALOG_BYTES + damaged + Frame.HEADER + 6;
            channel.write(ByteBuffer.wrap(new byte[] {99}), at);
        }

        assertThat(poll(OldRing.open(file))).containsExactly("one", "two", "three");
    }

    @Test
    void oldRing_afterManyLaps_findsTheLivingPart() throws IOException {
        Path file = directory.resolve("ring");
        RingFile ring = new RingRun(4096, 42, new byte[0]).inFile(file, 0);
        for (int i = 0; i < 1000; i++) {
            offer(ring.ring(), "#" + i + "y".repeat(i % 90), 4096);
            if (i < 990) {
                poll(ring);
                ring.release();
            }
        }

        List<String> found = poll(OldRing.open(file));

        assertThat(found).hasSize(10);
        assertThat(found.get(0)).startsWith("990");
        assertThat(found.get(9)).startsWith("999");
    }

    @Test
    void ringFile_whereOneIs_leavesItThere() throws IOException {
        Path file = directory.resolve("ring");
        new RingRun(4096, 42, new byte[0]).inFile(file, 0);

        assertThatThrownBy(() -> new RingRun(4096, 43, new byte[0]).inFile(file, 0))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(OldRing.open(file).runId()).isEqualTo(42);
    }

    private static final int FIRST = RingFile.HEADER_BYTES + RingFile.CATALOG_BYTES;

    /** A ring that was emptied once and then left with five records; their positions. */
    private List<Long> leave(Path file) throws IOException {
        RingFile ring = new RingRun(4096, 42, new byte[] {1, 2, 3}).inFile(file, 0);
        for (int i = 0; i < 40; i++) {
            offer(ring.ring(), "#before" + i, 4096);
            poll(ring);
            ring.release();
        }
        List<Long> positions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            positions.add(offer(ring.ring(), "#" + i, 4096));
        }
        return positions;
    }

    private static void overwrite(Path file, long at, byte... bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] all = Files.readAllBytes(file);
        overwrite(file, at, (byte) (all[(int) at] ^ 4));
    }

    private static long at(long position) {
        return FIRST + (position & 4095);
    }

    @Test
    void oldRing_withDamagedHead_losesNothing() throws IOException {
        for (int bit = 0; bit < 64; bit++) {
            Path file = directory.resolve("ring" + bit);
            leave(file);
            int at = RingFile.HEAD + bit / 8;
            overwrite(file, at, (byte) (Files.readAllBytes(file)[at] ^ 1 << bit % 8));

            OldRing old = OldRing.open(file);

            assertThat(poll(old)).as("bit %d", bit).containsExactly("0", "1", "2", "3", "4");
            assertThat(old.corrupted()).as("bit %d", bit).isZero();
        }
    }

    @Test
    void oldRing_withDamagedHeader_isReadAllTheSame() throws IOException {
        for (int at = 0; at < 36; at++) {
            Path file = directory.resolve("ring" + at);
            leave(file);
            flip(file, at);

            OldRing old = OldRing.open(file);

            assertThat(old.runId()).as("byte %d", at).isEqualTo(42);
            assertThat(old.resource()).containsExactly(1, 2, 3);
            assertThat(poll(old)).as("byte %d", at).containsExactly("0", "1", "2", "3", "4");
            assertThat(old.corrupted()).isZero();
            assertThat(old.damaged()).as("byte %d", at).isEqualTo(1);
        }
    }

    @Test
    void oldRing_thatIsCut_hasWhatIsBeforeTheCut() throws IOException {
        Path file = directory.resolve("ring");
        List<Long> positions = leave(file);
        truncate(file, Files.size(file) - 1);
        assertThat(poll(OldRing.open(file))).hasSize(5);
        truncate(file, at(positions.get(3)));
        assertThat(poll(OldRing.open(file))).containsExactly("0", "1", "2");
        flip(file, 17);
        assertThat(poll(OldRing.open(file))).containsExactly("0", "1", "2");
        truncate(file, 10);
        OldRing nothing = OldRing.open(file);
        assertThat(poll(nothing)).isEmpty();
        assertThat(nothing.corrupted()).isZero();
    }

    private static void truncate(Path file, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    @Test
    void oldRing_damagedPlaces_costTheirRecordsOnly_andAreCounted() throws IOException {
        for (int i = 0; i < Frame.HEADER + 8; i++) {
            Path file = directory.resolve("ring" + i);
            long third = leave(file).get(2);
            flip(file, at(third) + i);
            boolean proved = i < Frame.CRC || i >= Frame.POSITION && i < Frame.SCOPE;

            OldRing old = OldRing.open(file);
            List<String> found = poll(old);

            if (proved) {
                assertThat(found).as("byte %d", i).containsExactly("0", "1", "2", "3", "4");
            } else {
                assertThat(found).as("byte %d", i).containsExactly("0", "1", "3", "4");
            }
            assertThat(old.corrupted()).as("byte %d", i).isEqualTo(proved ? 0 : 1);
            assertThat(old.damaged()).as("byte %d", i).isEqualTo(1);
        }
    }

    @Test
    void oldRing_leavesOutWhatAStoreHas() throws IOException {
        Path file = directory.resolve("ring");
        List<Long> positions = leave(file);

        assertThat(fromPosition(file, Long.MIN_VALUE)).as("no store has it").containsExactly("0", "1", "2", "3", "4");
        assertThat(fromPosition(file, 0)).containsExactly("0", "1", "2", "3", "4");
        assertThat(fromPosition(file, positions.get(3))).containsExactly("3", "4");
        assertThat(fromPosition(file, positions.get(4) + 100_000))
                .as("a later ring of the same run is stored")
                .isEmpty();
    }

    private static List<String> fromPosition(Path file, long position) throws IOException {
        OldRing old = OldRing.open(file);
        old.skipTo(position);
        return poll(old);
    }

    @Test
    void oldRing_withSeveralDamagedFrames_countsEach() throws IOException {
        Path file = directory.resolve("ring");
        List<Long> positions = leave(file);
        flip(file, at(positions.get(1)) + Frame.HEADER + 1);
        flip(file, at(positions.get(2)) + Frame.HEADER + 1);
        overwrite(file, at(positions.get(4)), new byte[Frame.HEADER]);

        OldRing old = OldRing.open(file);

        assertThat(poll(old)).containsExactly("0", "3");
        assertThat(old.corrupted()).isEqualTo(3);
    }

    @Test
    void oldRing_placesThatKilledProducersWereFilling_areNoDamage() throws IOException {
        Path file = directory.resolve("ring");
        RingFile ring = new RingRun(4096, 42, new byte[0]).inFile(file, 0);
        offer(ring.ring(), "#one", 4096);
        Producer killed = ring.ring().producers().add(false);
        killed.enter(0, 9);
        ring.ring().claim(killed, 100, 4096);
        long filling = ring.ring().claim(killed, 100, 4096);
        overwrite(file, at(filling) + Frame.POSITION, (byte) filling, (byte) (filling >>> 8));
        overwrite(file, at(filling) + Frame.HEADER, (byte) 7, (byte) 8, (byte) 9);
        offer(ring.ring(), "#two", 4096);

        OldRing old = OldRing.open(file);

        assertThat(poll(old)).containsExactly("one", "two");
        assertThat(old.corrupted()).isZero();
        assertThat(old.damaged()).isZero();
    }

    @Test
    void oldRing_damagedWhereNothingIs_hasLostNothing() throws IOException {
        Path file = directory.resolve("ring");
        long last = leave(file).get(4);
        flip(file, at(last) + 1000);

        OldRing old = OldRing.open(file);

        assertThat(poll(old)).hasSize(5);
        assertThat(old.corrupted()).isZero();
    }

    /** The consumer writes down what it releases, then fills it with zeros from the front. */
    @Test
    void oldRing_whoseConsumerDiedWhileItReleased_hasNoDamage() throws IOException {
        for (int zeros = 0; zeros < 100; zeros++) {
            Path file = directory.resolve("ring" + zeros);
            List<Long> positions = leave(file);
            overwrite(file, at(positions.get(0)), new byte[zeros]);
            byte[] head = new byte[8];
            ByteBuffer.wrap(head).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(positions.get(2));
            overwrite(file, RingFile.HEAD, head);

            OldRing old = OldRing.open(file);
            old.skipTo(positions.get(2));

            assertThat(poll(old)).as("%d zeros", zeros).containsExactly("2", "3", "4");
            assertThat(old.corrupted()).as("%d zeros", zeros).isZero();
        }
    }

    @Test
    void oldRing_recordWhoseProducerWasKilledBeforeTheLastStep_isThere() throws IOException {
        Path file = directory.resolve("ring");
        long third = leave(file).get(2);
        overwrite(file, at(third), new byte[4]);

        OldRing old = OldRing.open(file);

        assertThat(poll(old)).containsExactly("0", "1", "2", "3", "4");
        assertThat(old.damaged()).isZero();
    }

    @Test
    void oldRing_ofANewerVersion_isRefused() throws IOException {
        Path file = directory.resolve("ring");
        leave(file);
        ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(file), 0, RingFile.HEADER_BYTES)
                .slice()
                .order(java.nio.ByteOrder.LITTLE_ENDIAN);
        header.putInt(8, RingFile.VERSION + 1);
        header.putInt(32, RingFile.headerCrc(header));
        byte[] changed = new byte[40];
        header.get(0, changed);
        overwrite(file, 0, changed);

        assertThatThrownBy(() -> OldRing.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void oldRing_ofZeros_hasNothing() throws IOException {
        Path file = directory.resolve("ring");
        Files.write(file, new byte[FIRST + 4096]);

        OldRing old = OldRing.open(file);

        assertThat(poll(old)).isEmpty();
        assertThat(old.corrupted()).isZero();
        assertThat(old.damaged()).isZero();
    }

    @Test
    void scopes_beyondTheLimit_areNameless() {
        Scopes scopes = new Scopes(null);
        for (int i = 1; i < Scopes.MAX; i++) {
            assertThat(scopes.id("logger" + i)).isEqualTo(i);
        }

        assertThat(scopes.id("one more")).isZero();
        assertThat(scopes.id("logger5")).isEqualTo(5);
        assertThat(scopes.field(0)).containsExactly(0x0a, 0);
    }
}

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
        long position = ring.claim(encoder.length(), usable);
        if (position >= 0) {
            assertThat(ring.commit(position, encoder, 7 | 9 << 16)).isTrue();
        }
        return position;
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
        Ring ring = Ring.inMemory(1024);
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
        Ring ring = Ring.inMemory(1024);
        while (offer(ring, "#low", 512) >= 0) {
            assertThat(ring.used()).isLessThanOrEqualTo(512);
        }

        assertThat(offer(ring, "#low", 512)).isEqualTo(Ring.RESERVED);
        assertThat(offer(ring, "#high", 1024)).isNotNegative();
    }

    @Test
    void close_givesNoMorePlaces_andTakesWhatHasOne() {
        Ring ring = Ring.inMemory(1024);
        encoder.start(1, 1, 9, "");
        encoder.body("#late");
        encoder.finish();
        long position = ring.claim(encoder.length(), 1024);
        ring.close();

        assertThat(ring.isWaitingForProducer()).isTrue();
        assertThat(ring.commit(position, encoder, 7 | 9 << 16)).isTrue();
        assertThat(offer(ring, "#more", 1024)).isEqualTo(Ring.CLOSED);
        assertThat(poll(ring)).containsExactly("late");
        ring.release();
        assertThat(ring.used()).isZero();
        assertThat(offer(ring, "#more", 1024)).isEqualTo(Ring.CLOSED);
    }

    @Test
    void claim_largerThanHalfTheRing_isTooLarge() {
        Ring ring = Ring.inMemory(1024);

        assertThat(offer(ring, "#" + "x".repeat(600), 1024)).isEqualTo(Ring.TOO_LARGE);
    }

    @Test
    void manyLaps_keepOrderAndContent() {
        Ring ring = Ring.inMemory(4096);
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
        Ring ring = Ring.inMemory(1024);
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
        RingFile ring = RingFile.create(file, 64 << 10, 42, new byte[] {1, 2, 3});
        int scope = ring.scopes().id("my.logger");
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
        RingFile ring = RingFile.create(file, 64 << 10, 42, new byte[0]);
        offer(ring.ring(), "#one", 64 << 10);
        long damaged = offer(ring.ring(), "#damaged", 64 << 10);
        offer(ring.ring(), "#two", 64 << 10);
        ring.ring().claim(200, 64 << 10);
        offer(ring.ring(), "#three", 64 << 10);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long at = RingFile.HEADER_BYTES + RingFile.DIRECTORY_BYTES + damaged + Frame.HEADER + 6;
            channel.write(ByteBuffer.wrap(new byte[] {99}), at);
        }

        assertThat(poll(OldRing.open(file))).containsExactly("one", "two", "three");
    }

    @Test
    void oldRing_afterManyLaps_findsTheLivingPart() throws IOException {
        Path file = directory.resolve("ring");
        RingFile ring = RingFile.create(file, 4096, 42, new byte[0]);
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
        RingFile.create(file, 4096, 42, new byte[0]);

        assertThatThrownBy(() -> RingFile.create(file, 4096, 43, new byte[0]))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(OldRing.open(file).runId()).isEqualTo(42);
    }

    @Test
    void oldRing_withDamagedHeader_isRefused() throws IOException {
        Path file = directory.resolve("ring");
        RingFile.create(file, 4096, 42, new byte[0]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {99}), 17);
        }

        assertThatThrownBy(() -> OldRing.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("header");
        Files.write(file, new byte[10]);
        assertThatThrownBy(() -> OldRing.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("short");
    }

    @Test
    void scopes_beyondTheLimit_areNameless() {
        Scopes scopes = Scopes.inMemory();
        for (int i = 1; i < Scopes.MAX; i++) {
            assertThat(scopes.id("logger" + i)).isEqualTo(i);
        }

        assertThat(scopes.id("one more")).isZero();
        assertThat(scopes.id("logger5")).isEqualTo(5);
        assertThat(scopes.field(0)).containsExactly(0x0a, 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.RecordLimits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A producer that dies costs its own record, one that is slow costs nothing, and the others notice neither. */
class RingHealerTest {

    private static final int CAPACITY = 1024;
    private static final int HEADER = 7 | 9 << 16;
    private static final Error DEATH = new StackOverflowError();

    private final Ring ring = new RingRun(CAPACITY, 42, new byte[0]).inMemory(0);
    private final RingHealer healer = new RingHealer(ring);
    private final List<LostRecord> lost = new ArrayList<>();
    private long now;

    private static RecordEncoder record(String body) {
        RecordEncoder encoder = new RecordEncoder(RecordLimits.DEFAULT);
        encoder.start(1, 1, 9, "");
        encoder.body("#" + body);
        encoder.finish();
        return encoder;
    }

    private Producer producer() {
        return ring.producers().add(false);
    }

    private void put(String body) {
        assertThat(ring.put(producer(), record(body), HEADER, CAPACITY)).isNotNegative();
    }

    /** Enters and claims a place, as the first half of {@link Ring#put} does. */
    private long claim(Producer producer, String body) {
        producer.enter(0, 9);
        return ring.claim(producer, record(body).length(), CAPACITY);
    }

    private List<String> poll() {
        List<String> bodies = new ArrayList<>();
        ring.poll(new FrameSource.FrameConsumer() {
            @Override
            public boolean frame(int offset, int length, int header) {
                ByteBuffer frame = ByteBuffer.allocate(length);
                ring.copy(offset, frame, 0, length);
                String text = new String(frame.array(), StandardCharsets.ISO_8859_1);
                bodies.add(text.substring(text.lastIndexOf('#') + 1));
                return true;
            }

            @Override
            public void lost(int header) {
                lost.add(LostRecord.of(header));
            }
        });
        ring.release();
        return bodies;
    }

    /** Lets {@code nanos} pass, in steps in which the consumer looks. */
    private boolean healWithin(long nanos) {
        boolean healed = false;
        for (long until = now + nanos; now < until && !healed; now += 10_000_000) {
            healed = healer.heal(now);
        }
        return healed;
    }

    @Test
    void producerThatDiesWithAPlace_givesItUp() {
        Producer producer = producer();
        claim(producer, "lost");
        producer.grant();
        put("next");

        assertThat(ring.died(producer, DEATH)).isEqualTo(Ring.GIVEN_UP);

        assertThat(poll()).containsExactly("next");
        assertThat(lost).containsExactly(new LostRecord(true, false, 9));
        assertThat(ring.producers().accepted()).isEqualTo(2);
    }

    @Test
    void producerThatDiesBeforeItsRecordIsGranted_countsNothingAsAccepted() {
        Producer producer = producer();
        claim(producer, "lost");

        assertThat(ring.died(producer, new InternalError())).isEqualTo(Ring.GIVEN_UP);

        assertThat(poll()).isEmpty();
        assertThat(lost).containsExactly(new LostRecord(false, true, 9));
        assertThat(ring.producers().accepted()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void producerThatDiesBehindTheCommit_hasItsRecordIn(boolean polled) {
        Producer producer = producer();
        long position = claim(producer, "in");
        producer.grant();
        ring.commit(position, record("in"), HEADER);
        if (polled) {
            assertThat(poll()).containsExactly("in");
        }

        assertThat(ring.died(producer, DEATH)).isEqualTo(position);

        assertThat(poll()).hasSize(polled ? 0 : 1);
        assertThat(lost).isEmpty();
    }

    @Test
    void producerThatDiesWithoutAPlace_leavesNothing() {
        Producer producer = producer();
        producer.enter(0, 9);

        assertThat(ring.died(producer, DEATH)).isEqualTo(Ring.FAILED);

        put("next");
        assertThat(poll()).containsExactly("next");
    }

    @Test
    void placeOfAThreadThatHasEnded_isGivenUp() throws Exception {
        Thread thread = new Thread(() -> {
            Producer producer = producer();
            claim(producer, "lost");
            producer.grant();
        });
        thread.start();
        thread.join();
        put("next");
        assertThat(poll()).isEmpty();

        assertThat(healWithin(RingHealer.STUCK_NANOS)).isTrue();

        assertThat(poll()).containsExactly("next");
        assertThat(lost).containsExactly(new LostRecord(true, false, 9));
    }

    @Test
    void placeOfAThreadThatWentOn_isGivenUp_alsoTwice() {
        Producer producer = producer();
        claim(producer, "lost");
        producer.grant();
        claim(producer, "lost, too");
        assertThat(ring.put(producer, record("next"), HEADER, CAPACITY)).isNotNegative();

        assertThat(healWithin(RingHealer.STUCK_NANOS)).isTrue();
        assertThat(poll()).isEmpty();
        assertThat(healWithin(RingHealer.STUCK_NANOS)).isTrue();

        assertThat(poll()).containsExactly("next");
        assertThat(lost).containsExactly(new LostRecord(true, false, 9), new LostRecord(false, false, 9));
    }

    @Test
    void placeOfALivingThread_isGivenUpOnlyWhereItIsElsewhereAndTheWaitIsLong() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch claimed = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            Producer producer = producer();
            claim(producer, "lost");
            producer.grant();
            claimed.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        claimed.await();
        put("next");

        assertThat(healWithin(RingHealer.STUCK_NANOS)).as("it may be slow").isFalse();
        assertThat(healWithin(RingHealer.STUCK_NANOS))
                .as("it is not where records are put in")
                .isTrue();

        assertThat(poll()).containsExactly("next");
        end.countDown();
        thread.join();
    }

    @Test
    void slowProducer_losesNothing() {
        Producer producer = producer();
        long position = claim(producer, "slow");
        producer.grant();
        put("next");
        assertThat(healWithin(RingHealer.SLOW_NANOS * 2)).isFalse();

        ring.commit(position, record("slow"), HEADER);
        producer.exit();

        assertThat(healWithin(RingHealer.STUCK_NANOS * 2)).isFalse();
        assertThat(poll()).containsExactly("slow", "next");
    }

    @Test
    void placeWhoseProducerIsNotKnown_endsWhereTheNextRecordBegins() {
        Producer producer = producer();
        claim(producer, "lost");
        producer.exit();
        put("next");

        assertThat(healWithin(RingHealer.STUCK_NANOS)).isTrue();

        assertThat(poll()).containsExactly("next");
        assertThat(lost).isEmpty();
    }

    @Test
    void placeAcrossTheEndOfTheRing_isGivenUpInBothParts() {
        while (CAPACITY - (int) (ring.tail() & CAPACITY - 1) > 64) {
            put("x".repeat(16));
            poll();
        }
        Producer producer = producer();
        claim(producer, "y".repeat(200));
        producer.grant();

        ring.died(producer, DEATH);
        put("next");

        assertThat(poll()).containsExactly("next");
        assertThat(lost).hasSize(1);
        assertThat(ring.used()).isZero();
    }

    @Test
    void producersOfThreadsThatEnded_areForgotten_andTheirAccountStays() throws Exception {
        for (int i = 0; i < 10; i++) {
            Thread thread = new Thread(() -> put("x"));
            thread.start();
            thread.join();
            poll();
        }

        ring.forgetEndedProducers();

        assertThat(ring.producers().all()).isEmpty();
        assertThat(ring.producers().accepted()).isEqualTo(10);
    }
}

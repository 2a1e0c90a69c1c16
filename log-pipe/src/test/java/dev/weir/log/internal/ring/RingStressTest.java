// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.RecordLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Four producers and a consumer on a ring so small that it is full all the time and wraps around every few records.
 * Each record carries its producer, its number and a text made of both, of 1 to 3,500 characters: torn, repeated,
 * reordered or invented records cannot go unseen. How many is {@code -Dtest.log.ring.records}.
 */
class RingStressTest {

    private static final int PRODUCERS = 4;
    private static final long RECORDS = Long.getLong("test.log.ring.records", 250_000);

    @Test
    @Timeout(600)
    void fourProducers_everyAcceptedRecordArrivesOnceWholeAndInOrder() throws Exception {
        Ring ring = new RingRun(16 << 10, 42, new byte[0]).inMemory(0);
        long[] nextOf = new long[PRODUCERS];
        List<String> wrong = new ArrayList<>();
        AtomicLong accepted = new AtomicLong();
        CountDownLatch running = new CountDownLatch(PRODUCERS);
        for (int p = 0; p < PRODUCERS; p++) {
            int producer = p;
            new Thread(() -> {
                        RecordEncoder encoder = new RecordEncoder(RecordLimits.DEFAULT);
                        Producer side = ring.producers().add(false);
                        long number = 0;
                        while (number < RECORDS) {
                            encoder.start(producer, number, 9, "");
                            encoder.body(text(producer, number));
                            encoder.finish();
                            if (ring.put(side, encoder, producer, ring.capacity()) < 0) {
                                Thread.yield();
                                continue;
                            }
                            number++;
                            accepted.incrementAndGet();
                        }
                        running.countDown();
                    })
                    .start();
        }
        ByteBuffer copy = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        long seen = 0;
        while (seen < PRODUCERS * RECORDS && wrong.isEmpty()) {
            int taken = ring.poll((offset, length, header) -> {
                ring.copy(offset, copy, 0, length);
                // 0x12 length, then time (tag 9) and observed time (tag 0x59) as fixed64.
                int at = copy.get(1) < 0 ? 3 : 2;
                int producer = (int) copy.getLong(at + 1);
                long number = copy.getLong(at + 10);
                String expected = text(producer, number);
                byte[] tail = new byte[expected.length()];
                copy.get(length - tail.length, tail);
                if (producer != header
                        || nextOf[producer]++ != number
                        || !expected.equals(new String(tail, java.nio.charset.StandardCharsets.ISO_8859_1))) {
                    wrong.add("producer " + producer + " number " + number);
                }
                return true;
            });
            ring.release();
            seen += taken;
            if (taken == 0) {
                Thread.yield();
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).isEqualTo(accepted.get());
        assertThat(ring.used()).isZero();
    }

    private static String text(int producer, long number) {
        int size = number % 64 == producer ? (int) (number % 3500) : (int) (number % 120);
        return (char) ('a' + producer) + Long.toString(number) + "z".repeat(size);
    }
}

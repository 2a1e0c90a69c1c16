// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.encode.EncodedRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects records of one signal in a ring and turns them into bodies.
 *
 * @param <R> what producers offer
 * @param <D> what is encoded
 */
final class RecordIntake<R, D> implements Intake {

    /** The most records of one batch. */
    static final int MAX_BATCH_RECORDS = 16_384;

    /** Refused: the door is closed. */
    static final int CLOSED = -3;

    private static final int FIRST_GUESS_BYTES = 320;

    private final Lane lane;
    private final IntakeRing<R> ring;
    private final Function<R, D> snapshot;
    private final Function<Collection<D>, EncodedRequest> encoder;
    private final Ticker ticker;
    private final TelemetryLoop worker;
    private final ThrottledLog log;
    private final ThrottledLog fullLog;
    private final BatchTarget target;
    private final long patienceNanos;
    /** Out of the ring and not yet in the lane; longer than a moment only when memory ran short. */
    private final ArrayList<D> chunk = new ArrayList<>();

    private long chunkBytes;
    private long chunkNanos;
    /** How many records of a chunk are encoded together: fewer when there was no memory for more. */
    private int portion = MAX_BATCH_RECORDS;

    private final LongAdder refusedFull = new LongAdder();
    private final LongAdder refusedClosed = new LongAdder();
    private volatile long processed;
    private volatile boolean closed;
    /** What a record took up lately: how the ring counts bytes without looking into records. */
    private volatile int averageBytes = FIRST_GUESS_BYTES;

    /** Somebody was told no: the worker says so, as a log may block and the one who was told no may not. */
    private volatile boolean turnedAway;

    private boolean seen;
    private long seenNanos;

    RecordIntake(
            Lane lane,
            IntakeRing<R> ring,
            Function<R, D> snapshot,
            Function<Collection<D>, EncodedRequest> encoder,
            TelemetryLoop worker,
            Ticker ticker) {
        this.lane = lane;
        this.worker = worker;
        this.ring = ring;
        this.snapshot = snapshot;
        this.encoder = encoder;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.fullLog = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.target = new BatchTarget(
                lane.options().batchBytes(),
                lane.options().maxBatchBytes(),
                lane.options().maxRequestBytes(),
                lane.options().linger(),
                lane.destination().sizes(),
                ticker.nanoTime());
        this.patienceNanos = lane.options().linger().toNanos() / 2;
        lane.add(this);
        lane.account().holds(ring::size);
    }

    /**
     * Offers one record; any thread. What is refused is for the caller to count with {@link #refused}, or to offer again as
     * urgent.
     *
     * @return one of {@link IntakeRing}'s results, or {@link #CLOSED}
     */
    int offer(R record, boolean urgent) {
        if (closed) {
            return CLOSED;
        }
        int result = ring.offer(record, averageBytes, urgent);
        if (result == IntakeRing.TAKEN_IN_WAKE) {
            worker.wake();
        }
        return result;
    }

    /** Counts a record that was refused with {@code result}. */
    void refused(int result) {
        DropReason reason = switch (result) {
            case CLOSED -> DropReason.CLOSED;
            case IntakeRing.RESERVED -> DropReason.SEVERITY_RESERVE;
            default -> DropReason.QUEUE_FULL;
        };
        lane.account().refused(reason, 1);
        (reason == DropReason.CLOSED ? refusedClosed : refusedFull).increment();
        if (reason != DropReason.CLOSED) {
            turnedAway = true;
            worker.wake();
        }
    }

    @Override
    public int capacity() {
        return ring.capacity();
    }

    @Override
    public long processed() {
        return processed;
    }

    @Override
    public long refusedFull() {
        return refusedFull.sum();
    }

    @Override
    public long refusedClosed() {
        return refusedClosed.sum();
    }

    @Override
    public int size() {
        return ring.size();
    }

    @Override
    public int fill(boolean forced) {
        lookAtTarget();
        if (turnedAway) {
            turnedAway = false;
            fullLog.warn(lane.signal().label() + " come faster than they can be sent: records are refused and counted");
        }
        giveUpStuck();
        if (chunk.isEmpty()) {
            if (ring.size() == 0) {
                seen = false;
                return 0;
            }
            if (!forced && !isDue()) {
                return 0;
            }
        }
        boolean pressing =
                ring.size() >= ring.capacity() / 2 || lane.destination().state(lane) != Destination.State.CLOSED;
        if (!(pressing ? lane.acceptsUnderPressure() : lane.accepts())) {
            return 0;
        }
        if (chunk.isEmpty()) {
            seen = false;
            drain();
        }
        return send();
    }

    private void giveUpStuck() {
        if (ring.giveUpStuck(ticker.nanoTime())) {
            ring.release();
            lane.account().dropped(DropReason.ENCODING_FAILED, 1);
            log.warn("a thread died while it handed over a record, which is lost");
        }
    }

    private void lookAtTarget() {
        Destination destination = lane.destination();
        boolean saturated = destination.isSaturated() && ring.bytes() >= target.bytes();
        target.look(ticker.nanoTime(), saturated, destination.isSlow());
        int bytes = target.bytes();
        ring.wakeAt(bytes);
        lane.stats.batchTarget(bytes);
    }

    private boolean isDue() {
        if (ring.bytes() >= target.bytes()
                || ring.size() >= Math.min(ring.capacity() / 2, lane.options().batchRecords())) {
            return true;
        }
        long now = ticker.nanoTime();
        if (!seen) {
            seen = true;
            seenNanos = now;
        }
        return now - seenNanos >= patienceNanos;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void drain() {
        int batchBytes = target.bytes();
        int batchRecords = lane.options().batchRecords();
        int records = 0;
        int failed = 0;
        try {
            for (R record;
                    records < batchRecords && ring.takenBytes() < batchBytes && (record = ring.peek()) != null; ) {
                D data = snapshot(record);
                if (data == null) {
                    failed++;
                } else {
                    chunk.add(data);
                }
                ring.take();
                records++;
            }
        } catch (OutOfMemoryError e) {
            lane.shortOfMemory(e);
        }
        chunkBytes = ring.takenBytes();
        chunkNanos = ticker.nanoTime();
        processed += records;
        lane.hold(records);
        ring.release();
        lost(DropReason.ENCODING_FAILED, failed);
    }

    private @Nullable D snapshot(R record) {
        try {
            return snapshot.apply(record);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable userCode) {
            log.warn("a record could not be read and is dropped", userCode);
            return null;
        }
    }

    /** Gives the chunk to the lane; what there is no memory for stays. */
    private int send() {
        int sent = 0;
        while (!chunk.isEmpty()) {
            List<D> part = chunk.size() <= portion ? chunk : chunk.subList(0, portion);
            int records = part.size();
            if (!encode(part, chunkBytes * records / chunk.size())) {
                portion = Math.max(1, records / 2);
                expire();
                return sent;
            }
            chunkBytes -= chunkBytes * records / chunk.size();
            part.clear();
            sent += records;
        }
        portion = MAX_BATCH_RECORDS;
        return sent;
    }

    private void expire() {
        if (ticker.nanoTime() - chunkNanos > lane.options().maxAge().toNanos()) {
            lost(DropReason.AGED, chunk.size());
            chunk.clear();
        }
    }

    /** @return false when there was no memory */
    private boolean encode(List<D> records, long estimatedBytes) {
        EncodedRequest request;
        try {
            request = encoder.apply(records);
        } catch (OutOfMemoryError e) {
            lane.shortOfMemory(e);
            return false;
        } catch (Throwable e) {
            log.warn(records.size() + " " + lane.signal().label() + " could not be encoded and are dropped", e);
            lost(DropReason.ENCODING_FAILED, records.size());
            return true;
        }
        if (request.records() > 0) {
            int length = request.body().remaining();
            if (!lane.submit(List.of(request.body()), length, request.records(), null)) {
                return false;
            }
            target.taken(estimatedBytes, length);
            int average = length / request.records();
            averageBytes = Math.max(32, Math.min(1 << 20, (averageBytes * 3 + average) / 4));
        }
        if (request.skipped() > 0) {
            log.warn(
                    request.skipped() + " " + lane.signal().label() + " could not be encoded and are dropped",
                    request.failure());
            lost(DropReason.ENCODING_FAILED, request.skipped());
        }
        return true;
    }

    private void lost(DropReason reason, int records) {
        if (records > 0) {
            lane.account().dropped(reason, records);
            lane.hold(-records);
        }
    }

    @Override
    public long mark() {
        return ring.mark();
    }

    @Override
    public boolean passed(long mark) {
        return chunk.isEmpty() && ring.passed((int) mark);
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public long abandon() {
        int taken = chunk.size();
        lost(DropReason.SHUTDOWN, taken);
        chunk.clear();
        int records = 0;
        while (ring.take() != null) {
            records++;
        }
        ring.release();
        lane.account().dropped(DropReason.SHUTDOWN, records);
        return (long) taken + records;
    }
}

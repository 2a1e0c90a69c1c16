// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.intake;

import dev.weir.core.DropReason;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.encode.EncodedRequest;
import dev.weir.otlp.internal.pipeline.BatchSizer;
import dev.weir.otlp.internal.pipeline.DestinationState;
import dev.weir.otlp.internal.pipeline.RecordSource;
import dev.weir.otlp.internal.pipeline.Route;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects records of one signal in a ring and encodes them. Any thread may {@link #offer}; the rest is owned by the
 * worker, unless it says otherwise. Bounds: those of {@link IntakeRing}.
 *
 * @param <R> what producers offer
 * @param <D> what is encoded
 */
public final class RecordIntake<R, D> implements RecordSource {

    /** The most records of one batch. */
    public static final int MAX_BATCH_RECORDS = 16_384;

    /** Refused: the export is closed. */
    static final int CLOSED = -3;

    private static final int FIRST_GUESS_BYTES = 320;

    private final SignalPipeline pipeline;
    private final IntakeRing<R> ring;
    private final Function<R, D> snapshot;
    private final Function<Collection<D>, EncodedRequest> encoder;
    private final Ticker ticker;
    private final TelemetryLoop worker;
    private final ThrottledLog log;
    private final ThrottledLog fullLog;
    private final BatchSizer sizer;
    private final long lingerNanos;
    /** Taken out of the ring and not yet in the pipeline; for longer than a moment only when memory is short. */
    private final ArrayList<D> chunk = new ArrayList<>();

    private long chunkBytes;
    private long chunkNanos;
    /** How many records of a chunk are encoded together: fewer when there was no memory for more. */
    private int portion = MAX_BATCH_RECORDS;

    private final LongAdder refusedFull = new LongAdder();
    private final LongAdder refusedClosed = new LongAdder();
    private volatile long processed;
    private volatile boolean closed;
    /** Bytes of an average record lately: an estimate for the ring, which does not look into records. */
    private volatile int averageBytes = FIRST_GUESS_BYTES;

    /** Set when a record was refused. The worker logs it: logging may block, the caller must not. */
    private volatile boolean refusedOne;

    /** Whether a linger is under way, and since when: it begins with the first record, or with the end of a batch. */
    private boolean lingering;

    private long lingeringSinceNanos;

    /** Whether a batch that is due cannot be taken out now. */
    private boolean blocked;

    /** Whether the next record wakes the worker, because no linger is under way. */
    private volatile boolean awaited;

    public RecordIntake(
            SignalPipeline pipeline,
            IntakeRing<R> ring,
            Function<R, D> snapshot,
            Function<Collection<D>, EncodedRequest> encoder,
            TelemetryLoop worker,
            Ticker ticker) {
        this.pipeline = pipeline;
        this.worker = worker;
        this.ring = ring;
        this.snapshot = snapshot;
        this.encoder = encoder;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.fullLog = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.sizer = new BatchSizer(
                pipeline.options().batchBytes(),
                pipeline.options().maxBatchBytes(),
                pipeline.options().maxRequestBytes(),
                pipeline.options().linger(),
                pipeline.route().sizes(),
                ticker.nanoTime());
        this.lingerNanos = pipeline.options().linger().toNanos();
        pipeline.add(this);
        pipeline.account().holds(ring::size);
    }

    /**
     * Offers one record; any thread. The caller counts a refused record with {@link #refused}, or offers it again as
     * urgent.
     *
     * @return one of {@link IntakeRing}'s results, or {@link #CLOSED}
     */
    int offer(R record, boolean urgent) {
        if (closed) {
            return CLOSED;
        }
        int result = ring.offer(record, averageBytes, urgent);
        if (result == IntakeRing.ACCEPTED_WAKE || awaited) {
            awaited = false;
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
        pipeline.account().refused(reason, 1);
        (reason == DropReason.CLOSED ? refusedClosed : refusedFull).increment();
        if (reason != DropReason.CLOSED) {
            refusedOne = true;
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
        assert worker.inLoop();
        adjustTarget();
        if (refusedOne) {
            refusedOne = false;
            fullLog.warn(pipeline.signal().label()
                    + " arrive faster than they can be sent; some are dropped (see the ledger)");
        }
        giveUpStuck();
        blocked = false;
        if (chunk.isEmpty()) {
            if (ring.size() == 0) {
                lingering = lingering && isLingerLeft(ticker.nanoTime());
                return 0;
            }
            if (!forced && !isDue()) {
                return 0;
            }
        }
        boolean pressing =
                ring.size() >= ring.capacity() / 2 || pipeline.route().state() != DestinationState.UP;
        if (!(pressing
                ? pipeline.admission().acceptsUnderPressure()
                : pipeline.admission().accepts())) {
            blocked = true;
            return 0;
        }
        if (chunk.isEmpty()) {
            drain();
        }
        int sent = send();
        blocked = sent == 0;
        return sent;
    }

    /**
     * Records that come while a linger is under way are found at its end. When there is none, the first one wakes the
     * worker: so a busy signal costs one rest of the worker for each linger, and one at rest none.
     */
    @Override
    public long restNanos(long idleNanos) {
        assert worker.inLoop();
        if (blocked || !chunk.isEmpty()) {
            return idleNanos;
        }
        if (lingering) {
            return Math.max(1, lingerNanos - (ticker.nanoTime() - lingeringSinceNanos));
        }
        awaited = true;
        // After the write: a record that was not there yet finds it.
        return ring.size() == 0 ? Long.MAX_VALUE : 1;
    }

    private void giveUpStuck() {
        if (ring.giveUpStuck(ticker.nanoTime())) {
            ring.release();
            pipeline.account().dropped(DropReason.ENCODING_FAILED, 1);
            log.warn("a thread died while it added a record, which is lost");
        }
    }

    private void adjustTarget() {
        Route route = pipeline.route();
        boolean saturated = route.isSaturated() && ring.bytes() >= sizer.bytes();
        sizer.update(ticker.nanoTime(), saturated, route.isSlow());
        int bytes = sizer.bytes();
        ring.wakeAt(bytes);
        pipeline.stats().batchTarget(bytes);
    }

    private boolean isDue() {
        if (ring.bytes() >= sizer.bytes()
                || ring.size()
                        >= Math.min(ring.capacity() / 2, pipeline.options().batchRecords())) {
            return true;
        }
        long now = ticker.nanoTime();
        if (!lingering) {
            lingering = true;
            lingeringSinceNanos = now;
        }
        return !isLingerLeft(now);
    }

    private boolean isLingerLeft(long nowNanos) {
        return nowNanos - lingeringSinceNanos < lingerNanos;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void drain() {
        int batchBytes = sizer.bytes();
        int batchRecords = pipeline.options().batchRecords();
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
            pipeline.shortOfMemory(e);
        }
        chunkBytes = ring.takenBytes();
        chunkNanos = ticker.nanoTime();
        lingering = true;
        lingeringSinceNanos = chunkNanos;
        processed += records;
        pipeline.hold(records);
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

    /** Gives the chunk to the pipeline; records for which there is no memory stay. */
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
        if (ticker.nanoTime() - chunkNanos > pipeline.options().maxAge().toNanos()) {
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
            pipeline.shortOfMemory(e);
            return false;
        } catch (Throwable e) {
            log.warn(records.size() + " " + pipeline.signal().label() + " could not be encoded and are dropped", e);
            lost(DropReason.ENCODING_FAILED, records.size());
            return true;
        }
        if (request.records() > 0) {
            int length = request.body().remaining();
            if (!pipeline.submit(List.of(request.body()), length, request.records(), null)) {
                return false;
            }
            sizer.taken(estimatedBytes, length);
            int average = length / request.records();
            averageBytes = Math.max(32, Math.min(1 << 20, (averageBytes * 3 + average) / 4));
        }
        if (request.skipped() > 0) {
            log.warn(
                    request.skipped() + " " + pipeline.signal().label() + " could not be encoded and are dropped",
                    request.failure());
            lost(DropReason.ENCODING_FAILED, request.skipped());
        }
        return true;
    }

    private void lost(DropReason reason, int records) {
        if (records > 0) {
            pipeline.account().dropped(reason, records);
            pipeline.hold(-records);
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
        pipeline.account().dropped(DropReason.SHUTDOWN, records);
        return (long) taken + records;
    }
}

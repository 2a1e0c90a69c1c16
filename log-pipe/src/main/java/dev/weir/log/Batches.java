// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.pipe.BatchBuffers;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.RecordRange;
import dev.weir.log.internal.store.SettlementQueue;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * Reads batches out of the journal for one subscriber at a time, as many as it asks for and as there is memory for.
 * Everything but the public face of {@link LogBatch} and of the subscription runs on the disk's thread.
 *
 * <p>Nothing is read without demand. A batch that is given back comes again before any later one. When the process is
 * short of memory, records stay in the store and are tried again.
 */
final class Batches {

    private static final long SHORTAGE_PAUSE_NANOS = Duration.ofMillis(100).toNanos();

    private final TelemetryLoop io;
    private final Ticker ticker;

    /** In the order of the records: what is not answered, or answered after something that is not. */
    private final SettlementQueue<LogBatch> out = new SettlementQueue<>(batch -> batch.journal, LogBatch::ranges);

    private final Runnable answered = this::answered;
    private final BatchBuffers buffers;
    private final ThrottledLog log;

    /** What is being read; more than a moment only when memory ran short on the way. */
    private @Nullable Reading reading;

    private long nextReadNanos;
    private volatile @Nullable Inner subscriber;
    /** Subscribers that wait for the disk's thread. */
    private final AtomicInteger coming = new AtomicInteger();

    private long waitingSinceNanos;
    private boolean waiting;
    private final AtomicBoolean unanswered = new AtomicBoolean();
    private final AtomicLong nacks = new AtomicLong();

    /** @param memoryBytes how much may be given out and not answered */
    Batches(TelemetryLoop io, Ticker ticker, long memoryBytes) {
        this.io = io;
        this.ticker = ticker;
        this.buffers = new BatchBuffers(memoryBytes, BatchSpec.MIN_BYTES);
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
        this.nextReadNanos = ticker.nanoTime();
    }

    void subscribe(CoreSubscriber<? super LogBatch> actual, BatchSpec spec) {
        Inner inner = new Inner(actual, spec);
        coming.incrementAndGet();
        if (!io.submit(() -> attach(inner))) {
            coming.decrementAndGet();
            Operators.error(actual, new IllegalStateException("the pipe is closed"));
        }
    }

    private void attach(Inner inner) {
        try {
            become(inner);
        } finally {
            coming.decrementAndGet();
        }
    }

    private void become(Inner inner) {
        assert io.inLoop();
        Inner present = subscriber;
        if (present != null && !present.cancelled) {
            Operators.error(inner.actual, new IllegalStateException("the pipe already has a subscriber"));
            return;
        }
        takeBack();
        subscriber = inner;
        inner.actual.onSubscribe(inner);
    }

    /**
     * What the former subscriber has not answered is given out again; its answer, if it still comes, counts no more.
     */
    private void takeBack() {
        replaceCutOnes();
        out.all().forEach(LogBatch::takeBack);
    }

    /** A batch was acknowledged or given back, on any thread. */
    private void answered() {
        if (unanswered.compareAndSet(false, true)) {
            io.wake();
        }
    }

    /** How often a batch was given back. */
    long nacks() {
        return nacks.get();
    }

    /** Whether records wait until their batch is full or their time has come. The disk's thread only. */
    boolean isWaiting() {
        return waiting;
    }

    /** Whether nothing that was begun is to be tried again. The disk's thread only. */
    boolean areCalm(long now) {
        return reading == null && now - nextReadNanos >= 0 && !unanswered.get();
    }

    /** Any thread; a subscriber that is on its way counts. */
    boolean hasSubscriber() {
        if (coming.get() > 0) {
            return true;
        }
        Inner inner = subscriber;
        return inner != null && !inner.cancelled;
    }

    /** Ends the stream. */
    void complete() {
        assert io.inLoop();
        Inner inner = subscriber;
        subscriber = null;
        if (inner != null && !inner.cancelled) {
            inner.cancelled = true;
            inner.actual.onComplete();
        }
    }

    /**
     * Takes answers and gives out what is asked for.
     *
     * @param hurry gives out what is there without waiting for more
     * @return how many batches were settled or given out
     */
    int serve(Journal journal, boolean hurry) {
        assert io.inLoop();
        try {
            return serveAll(journal, hurry);
        } catch (OutOfMemoryError e) {
            unanswered.set(true);
            nextReadNanos = ticker.nanoTime() + SHORTAGE_PAUSE_NANOS;
            log.warn("log records wait in the store: there is no memory to read a batch of them", e);
            return 0;
        }
    }

    private int serveAll(Journal journal, boolean hurry) {
        int work = 0;
        if (unanswered.compareAndSet(true, false)) {
            work += settle();
        }
        Inner inner = subscriber;
        while (inner != null && !inner.cancelled && inner.requested.get() > 0) {
            LogBatch batch = next(journal, inner.spec, hurry);
            if (batch == null) {
                break;
            }
            inner.requested.accumulateAndGet(1, (now, one) -> now == Long.MAX_VALUE ? now : now - one);
            give(inner, batch);
            work++;
            if (unanswered.compareAndSet(true, false)) {
                work += settle();
            }
        }
        return work;
    }

    /** A subscriber that throws is gone, and has not had the batch. */
    private static void give(Inner inner, LogBatch batch) {
        try {
            inner.actual.onNext(batch);
        } catch (Throwable userCode) {
            inner.cancelled = true;
        }
    }

    private int settle() {
        replaceCutOnes();
        return out.settle(LogBatch::isAcked, this::keep);
    }

    /** A former subscriber may still read a batch that was taken back from it. */
    private void keep(LogBatch answered) {
        if (answered.isShared()) {
            buffers.forget(answered.payload);
        } else {
            buffers.giveBack(answered.payload);
        }
    }

    /** Lets go of memory that was not needed lately; to be called each second. */
    void trim() {
        assert io.inLoop();
        buffers.trim();
    }

    private void replaceCutOnes() {
        out.replaceCut(LogBatch::parts, (batch, parts) -> {
            parts.forEach(part -> buffers.adopt(part.payload));
            keep(batch);
        });
    }

    private @Nullable LogBatch next(Journal journal, BatchSpec spec, boolean hurry) {
        LogBatch returned = out.first(LogBatch::isNacked);
        if (returned != null) {
            return replace(returned);
        }
        return ticker.nanoTime() - nextReadNanos < 0 ? null : read(journal, spec, hurry);
    }

    private LogBatch replace(LogBatch returned) {
        LogBatch again = returned.again();
        out.replace(returned, again);
        if (!returned.wasTakenBack()) {
            nacks.incrementAndGet();
        }
        return again;
    }

    private @Nullable LogBatch read(Journal journal, BatchSpec spec, boolean hurry) {
        Reading begun = reading;
        if (begun == null) {
            begun = begin(journal, spec, hurry);
            if (begun == null) {
                return null;
            }
            reading = begun;
        }
        begun.fill(journal);
        if (begun.ranges.isEmpty()) {
            buffers.giveBack(begun.payload);
            reading = null;
            return null;
        }
        LogBatch batch = new LogBatch(
                answered,
                begun.journal,
                begun.resource,
                begun.payload.duplicate().flip(),
                begun.ranges);
        out.add(batch);
        reading = null;
        return batch;
    }

    private @Nullable Reading begin(Journal journal, BatchSpec spec, boolean hurry) {
        ByteBuffer entry = journal.peek();
        if (entry == null) {
            waiting = false;
            return null;
        }
        if (!hurry && journal.unreadBytes() < spec.bytes()) {
            long now = ticker.nanoTime();
            if (!waiting) {
                waiting = true;
                waitingSinceNanos = now;
            }
            if (now - waitingSinceNanos < spec.maxDelay().toNanos()) {
                return null;
            }
        }
        waiting = false;
        int bytes = Math.max(spec.bytes(), Entry.payloadLength(entry));
        return buffers.hasRoomFor(bytes) ? new Reading(journal, buffers, bytes) : null;
    }

    /** A batch that is being read. What was taken out of the journal is in it, whatever happens then. */
    private static final class Reading {

        final Journal journal;
        final byte[] resource;
        final ArrayList<RecordRange> ranges = new ArrayList<>(4);
        final ByteBuffer payload;

        Reading(Journal journal, BatchBuffers buffers, int bytes) {
            this.journal = journal;
            this.resource = journal.peekedResource();
            this.payload = buffers.take(bytes);
        }

        void fill(Journal from) {
            if (from != journal) {
                return;
            }
            ByteBuffer entry;
            while ((entry = from.peek()) != null
                    && from.peekedResource() == resource
                    && Entry.payloadLength(entry) <= payload.remaining()) {
                int length = Entry.payloadLength(entry);
                payload.put(payload.position(), entry, Entry.HEADER, length);
                ranges.ensureCapacity(ranges.size() + 1);
                ranges.add(from.take());
                payload.position(payload.position() + length);
            }
        }
    }

    private final class Inner implements Subscription {

        final CoreSubscriber<? super LogBatch> actual;
        final BatchSpec spec;
        final AtomicLong requested = new AtomicLong();
        volatile boolean cancelled;

        Inner(CoreSubscriber<? super LogBatch> actual, BatchSpec spec) {
            this.actual = actual;
            this.spec = spec;
        }

        @Override
        public void request(long n) {
            if (Operators.validate(n)) {
                requested.accumulateAndGet(n, Operators::addCap);
                io.wake();
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}

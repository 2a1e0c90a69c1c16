// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Extent;
import dev.weir.log.internal.store.Journal;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * Reads batches out of the journal for one subscriber at a time, as many as it asks for. Everything but the public face of
 * {@link LogBatch} and of the subscription runs on the disk's thread.
 *
 * <p>Nothing is read without demand. A batch that is given back comes again before any later one.
 */
final class Batches {

    private final TelemetryLoop io;
    private final Ticker ticker;

    /** In the order of the records: what is not answered, or answered after something that is not. */
    private final ArrayDeque<LogBatch> out = new ArrayDeque<>();

    /** Buffers of answered batches, to be used again. */
    private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>();

    private @Nullable Inner subscriber;
    private long waitingSinceNanos;
    private boolean waiting;
    private final AtomicBoolean unanswered = new AtomicBoolean();
    private final AtomicLong nacks = new AtomicLong();

    Batches(TelemetryLoop io, Ticker ticker) {
        this.io = io;
        this.ticker = ticker;
    }

    void subscribe(CoreSubscriber<? super LogBatch> actual, BatchSpec spec) {
        Inner inner = new Inner(actual, spec);
        if (!io.submit(() -> attach(inner))) {
            Operators.error(actual, new IllegalStateException("the pipe is closed"));
        }
    }

    private void attach(Inner inner) {
        if (subscriber != null && !subscriber.cancelled) {
            Operators.error(inner.actual, new IllegalStateException("the pipe already has a subscriber"));
            return;
        }
        subscriber = inner;
        inner.actual.onSubscribe(inner);
    }

    /** A batch was acknowledged or given back, on any thread. */
    void answered() {
        if (unanswered.compareAndSet(false, true)) {
            io.wake();
        }
    }

    /** How often a batch was given back. */
    long nacks() {
        return nacks.get();
    }

    /** Whether records wait for company until a time that comes. The disk's thread only. */
    boolean isWaiting() {
        return waiting;
    }

    boolean hasSubscriber() {
        Inner inner = subscriber;
        return inner != null && !inner.cancelled;
    }

    /** Ends the stream. */
    void complete() {
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
            inner.actual.onNext(batch);
            work++;
            if (unanswered.compareAndSet(true, false)) {
                work += settle();
            }
        }
        return work;
    }

    private int settle() {
        replaceCutOnes();
        int settled = 0;
        for (LogBatch batch : out) {
            if (batch.isAcked() && !batch.isCounted()) {
                batch.count();
                batch.journal.settled(batch.records());
                settled++;
            }
        }
        LogBatch last = null;
        for (LogBatch first = out.peekFirst(); first != null && first.isCounted(); first = out.peekFirst()) {
            if (last != null && last.journal != first.journal) {
                last.journal.forgetUntil(last.end());
            }
            last = first;
            out.pollFirst();
            keep(first.payload);
        }
        if (last != null) {
            last.journal.forgetUntil(last.end());
        }
        return settled;
    }

    /** A buffer of a batch that was read is used again; the parts of a cut one have small ones of their own. */
    private void keep(ByteBuffer buffer) {
        if (buffer.isDirect() && buffers.size() < 4) {
            buffers.push(buffer);
        }
    }

    /** The parts take the place of what was cut, however often. */
    private void replaceCutOnes() {
        boolean again = false;
        for (LogBatch batch : out) {
            again |= !batch.parts().isEmpty();
        }
        while (again) {
            again = false;
            int size = out.size();
            for (int i = 0; i < size; i++) {
                LogBatch batch = out.removeFirst();
                List<LogBatch> parts = batch.parts();
                if (parts.isEmpty()) {
                    out.addLast(batch);
                    continue;
                }
                for (LogBatch part : parts) {
                    out.addLast(part);
                    again |= !part.parts().isEmpty();
                }
                keep(batch.payload);
            }
        }
    }

    private @Nullable LogBatch next(Journal journal, BatchSpec spec, boolean hurry) {
        for (LogBatch batch : out) {
            if (batch.isNacked()) {
                return replace(batch);
            }
        }
        return read(journal, spec, hurry);
    }

    private LogBatch replace(LogBatch returned) {
        LogBatch again = returned.again();
        int size = out.size();
        for (int i = 0; i < size; i++) {
            LogBatch batch = out.removeFirst();
            out.addLast(batch == returned ? again : batch);
        }
        nacks.incrementAndGet();
        return again;
    }

    private @Nullable LogBatch read(Journal journal, BatchSpec spec, boolean hurry) {
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
        byte[] resource = journal.peekedResource();
        ByteBuffer payload = buffer(Math.max(spec.bytes(), Entry.payloadLength(entry)));
        List<Extent> extents = new ArrayList<>(4);
        while (entry != null
                && journal.peekedResource() == resource
                && payload.position() + Entry.payloadLength(entry) <= payload.limit()) {
            payload.put(entry.position(Entry.HEADER));
            extents.add(journal.take());
            entry = journal.peek();
        }
        if (extents.isEmpty()) {
            return null;
        }
        payload.flip();
        LogBatch batch = new LogBatch(this, journal, resource, payload, extents);
        out.addLast(batch);
        return batch;
    }

    private ByteBuffer buffer(int bytes) {
        ByteBuffer free = buffers.poll();
        if (free == null || free.capacity() < bytes) {
            free = ByteBuffer.allocateDirect(bytes);
        }
        free.clear().limit(bytes);
        return free;
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

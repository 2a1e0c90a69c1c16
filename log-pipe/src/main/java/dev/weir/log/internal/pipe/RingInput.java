// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.DropReason;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.log.internal.ring.LostRecord;
import dev.weir.log.internal.ring.Producer;
import dev.weir.log.internal.ring.Ring;
import dev.weir.log.internal.ring.Scopes;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.wire.RecordEncoder;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The way of a finished record into the ring, on the thread that logs. Lock-free, allocates nothing, never throws;
 * waits only if it was built to and the thread may.
 *
 * <p>Each record is counted exactly once: accepted before the writer can see it, or refused with a reason. The ledger
 * asks the ring's producers for the former, so that one that dies has nothing half counted.
 */
public final class RingInput {

    /** Fill levels in percent up to which each severity class, trace to fatal, is taken. */
    private static final int[] RESERVE = {50, 50, 80, 95, 100, 100};

    /** How often a producer may die in the hands of {@link #died}. */
    private static final int DEATHS = 3;

    private static final long BLOCK_STEP_NANOS = 50_000;
    private static final int TYPE_LOG = 1 << 24;

    private volatile Ring ring;
    /** The one before it, until that is empty. */
    private volatile @Nullable Ring former;

    private final Scopes scopes;
    private final TelemetryLoop io;
    private final long[] usable = new long[RESERVE.length];
    private final long wakeAt;
    private final long blockNanos;
    private final RingRecords records;
    private final DropCounts drops;

    private volatile @Nullable String blockedBy;
    private volatile @Nullable String unreadable;
    private volatile boolean closed;

    /** Whether the next record wakes the writer, which rests for long. */
    private volatile boolean awaited;

    /** Whether a producer met memory that is in no file any more. */
    private volatile boolean suspected;

    public RingInput(Ring ring, Scopes scopes, TelemetryLoop io, long blockNanos) {
        this.ring = ring;
        this.scopes = scopes;
        this.io = io;
        this.records = new RingRecords(ring.producers());
        this.drops = new DropCounts(ring.producers());
        this.blockNanos = blockNanos;
        for (int i = 0; i < RESERVE.length; i++) {
            usable[i] = (long) ring.capacity() * RESERVE[i] / 100;
        }
        this.wakeAt = ring.capacity() / 4;
    }

    public int scopeId(String scope, String version) {
        return version.isEmpty() ? scopes.id(scope) : scopes.id(scope, version);
    }

    /** The side of another thread; or, if {@code pooled}, of one thread after the other. */
    public Producer producer(boolean pooled) {
        return ring.producers().add(pooled);
    }

    /**
     * Whatever it throws, {@link #died} must follow.
     *
     * @return where in the ring the record ends, or -1
     */
    public long put(Producer producer, RecordEncoder encoder, int scope, int severity) {
        if (closed) {
            return refuse(producer, DropReason.CLOSED, severity);
        }
        if (io.inLoop()) {
            return refuse(producer, DropReason.REENTRANT, severity);
        }
        return write(producer, encoder, scope, severity);
    }

    /** As {@link #put}; a ring without room is an answer and is not counted. */
    public boolean tryPut(Producer producer, RecordEncoder encoder, int scope, int severity) {
        if (closed || io.inLoop()) {
            put(producer, encoder, scope, severity);
            return true;
        }
        long position = putIn(producer, encoder, header(scope, severity), usable[Entry.severityClass(severity)]);
        if (position == Ring.TOO_LARGE || position == Ring.CLOSED) {
            refuse(producer, position == Ring.TOO_LARGE ? DropReason.TOO_LARGE : DropReason.CLOSED, severity);
            return true;
        }
        if (position < 0) {
            io.wake();
            return false;
        }
        wakeBehind(position);
        return true;
    }

    /** As {@link #put}, from the pipe's own thread. */
    public void putOwn(Producer producer, RecordEncoder encoder, int scope, int severity) {
        if (!closed) {
            write(producer, encoder, scope, severity);
        }
    }

    /**
     * A producer threw {@code cause} on the way of its record. As the answer of {@link #put}: -1, unless the record was
     * in by then. Counts the record if nothing has counted it. Never throws.
     */
    public long died(Producer producer, RecordEncoder encoder, int severity, Throwable cause) {
        if (cause instanceof InternalError) {
            suspected = true;
            io.wake();
        }
        for (int i = 0; i < DEATHS; i++) {
            try {
                long position = ringOf(producer).died(producer, cause);
                if (position >= 0) {
                    return position + encoder.length();
                }
                if (!producer.isCounted()) {
                    refuse(producer, DropReason.ENCODING_FAILED, severity);
                }
                return -1;
            } catch (Throwable diedAgain) {
                // Each step can be done again. The disk's thread finds a place that is left.
            }
        }
        if (cause instanceof InternalError && !producer.isGranted()) {
            // Its place is in no file any more, so it is not found there.
            refuse(producer, DropReason.DISK_FULL, severity);
        }
        return -1;
    }

    /** The ring in which its place is, if it has one. */
    private Ring ringOf(Producer producer) {
        Ring now = ring;
        Ring before = former;
        return before == null || producer.position() - now.first() >= 0 ? now : before;
    }

    /** What the disk's thread found of producers that died. */
    public void lost(List<LostRecord> places) {
        for (LostRecord place : places) {
            DropReason reason = place.withoutPage() ? DropReason.DISK_FULL : DropReason.ENCODING_FAILED;
            if (place.granted()) {
                records.gone(1);
                drops.lost(reason, Entry.severityClass(place.severity()), 1);
            } else {
                refuse(reason, place.severity());
            }
        }
    }

    private static int header(int scope, int severity) {
        return scope | severity << 16 | TYPE_LOG;
    }

    private long write(Producer producer, RecordEncoder encoder, int scope, int severity) {
        int header = header(scope, severity);
        long limit = usable[Entry.severityClass(severity)];
        long position = putIn(producer, encoder, header, limit);
        if (position < 0) {
            position = noRoom(position, producer, encoder, header, limit);
            if (position < 0) {
                return -1;
            }
        }
        wakeBehind(position);
        return position + encoder.length();
    }

    /** As {@link Ring#put}; a ring that was closed because there is another is no answer. */
    private long putIn(Producer producer, RecordEncoder encoder, int header, long limit) {
        Ring to = ring;
        long position = to.put(producer, encoder, header, limit);
        while (position == Ring.CLOSED && to != ring) {
            to = ring;
            position = to.put(producer, encoder, header, limit);
        }
        return position;
    }

    private void wakeBehind(long position) {
        if (position - ring.head() > wakeAt || awaited) {
            awaited = false;
            io.wake();
        }
    }

    /** From now on the next record wakes the writer. What came before is in the ring when this returns. */
    public void awaitNext() {
        awaited = true;
    }

    /** Whether a producer has met memory that is in no file any more, since the last call. */
    public boolean wasSuspected() {
        if (suspected) {
            suspected = false;
            return true;
        }
        return false;
    }

    private long noRoom(long result, Producer producer, RecordEncoder encoder, int header, long limit) {
        int severity = header >>> 16 & 0xff;
        io.wake();
        if (result == Ring.TOO_LARGE) {
            return refuse(producer, DropReason.TOO_LARGE, severity);
        }
        if (result == Ring.CLOSED) {
            return refuse(producer, DropReason.CLOSED, severity);
        }
        if (blockNanos > 0 && !io.inLoop() && !Schedulers.isInNonBlockingThread()) {
            long deadline = System.nanoTime() + blockNanos;
            while (System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(this, BLOCK_STEP_NANOS);
                long position = putIn(producer, encoder, header, limit);
                if (position >= 0) {
                    return position;
                }
                if (position == Ring.CLOSED) {
                    return refuse(producer, DropReason.CLOSED, severity);
                }
            }
        }
        if (blockedBy != null) {
            return refuse(producer, DropReason.DISK_FULL, severity);
        }
        return refuse(
                producer, result == Ring.RESERVED ? DropReason.SEVERITY_RESERVE : DropReason.QUEUE_FULL, severity);
    }

    /** @return -1 */
    public long refuse(Producer producer, DropReason reason, int severity) {
        producer.refuse(reason, Entry.severityClass(severity));
        return -1;
    }

    /**
     * As {@link #refuse(Producer, DropReason, int)}, of a record that no producer made.
     *
     * @return -1
     */
    public long refuse(DropReason reason, int severity) {
        drops.refused(reason, Entry.severityClass(severity));
        return -1;
    }

    /**
     * What is counted here, for the ledger. Leads to nothing of the pipe, because the ledger keeps it after a close.
     */
    public SignalLedger.Counts account() {
        return new Account(records, drops);
    }

    private record Account(RingRecords records, DropCounts drops) implements SignalLedger.Counts {

        @Override
        public long accepted() {
            return records.entered();
        }

        @Override
        public long refused(DropReason reason) {
            return drops.refused(reason);
        }

        @Override
        public long lost(DropReason reason) {
            return drops.lost(reason);
        }
    }

    public RingRecords records() {
        return records;
    }

    public DropCounts drops() {
        return drops;
    }

    /** Whether even the lowest severity is taken again. */
    public boolean isRelaxed() {
        return blockedBy == null && ring.used() < usable[0];
    }

    /** How many bytes a record of info may still use. */
    public long credit() {
        return blockedBy != null || closed ? 0 : Math.max(0, usable[2] - ring.used());
    }

    /** Why the store does not take what is in the ring; null when it does. */
    public void blockedBy(@Nullable String problem) {
        blockedBy = problem;
    }

    @Nullable
    public String blockedBy() {
        return blockedBy;
    }

    /** Why what a store holds cannot be read now; null when it can. */
    public void unreadable(@Nullable String problem) {
        unreadable = problem;
    }

    @Nullable
    public String unreadable() {
        return unreadable;
    }

    /**
     * From now on records go to {@code next}; one that has a place in the ring before may still be on its way there.
     *
     * @return false when the input is closed: nothing has changed
     */
    public synchronized boolean moveTo(Ring next) {
        if (closed) {
            return false;
        }
        Ring before = ring;
        former = before;
        ring = next;
        before.close();
        return true;
    }

    /** The ring before is empty. */
    public void retired() {
        former = null;
    }

    /** From now on nothing is taken in; a record that has a place in the ring may still be on its way there. */
    public synchronized void close() {
        closed = true;
        ring.close();
    }

    public boolean isClosed() {
        return closed;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.log.internal.ring.Ring;
import dev.weir.log.internal.ring.Scopes;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.wire.RecordEncoder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The way of a finished record into the ring, on the thread that logs. Lock-free, allocates nothing, never throws; waits only
 * if it was built to and the thread may.
 *
 * <p>Each record is counted exactly once: accepted before the writer can see it, or refused with a reason.
 */
final class Intake {

    /** Fill levels in percent up to which each severity class, trace to fatal, is taken. */
    private static final int[] RESERVE = {50, 50, 80, 95, 100, 100};

    private static final long BLOCK_STEP_NANOS = 50_000;
    private static final int TYPE_LOG = 1 << 24;

    private final Ring ring;
    private final Scopes scopes;
    private final TelemetryLoop io;
    private final SignalLedger ledger;
    private final long[] usable = new long[RESERVE.length];
    private final long wakeAt;
    private final long blockNanos;
    final RingRecords records = new RingRecords();
    final DropCounts drops = new DropCounts();

    private volatile @Nullable String blockedBy;
    private volatile boolean closed;

    Intake(Ring ring, Scopes scopes, TelemetryLoop io, SignalLedger ledger, long blockNanos) {
        this.ring = ring;
        this.scopes = scopes;
        this.io = io;
        this.ledger = ledger;
        this.blockNanos = blockNanos;
        for (int i = 0; i < RESERVE.length; i++) {
            usable[i] = (long) ring.capacity() * RESERVE[i] / 100;
        }
        this.wakeAt = ring.capacity() / 4;
    }

    int scopeId(String scope, String version) {
        return version.isEmpty() ? scopes.id(scope) : scopes.id(scope, version);
    }

    /** @return where in the ring the record ends, or -1 */
    long put(RecordEncoder encoder, int scope, int severity) {
        if (closed) {
            return refuse(DropReason.CLOSED, severity);
        }
        if (io.inLoop()) {
            return refuse(DropReason.REENTRANT, severity);
        }
        return write(encoder, scope, severity);
    }

    /** As {@link #put}; a ring without room is told and not counted. */
    boolean tryPut(RecordEncoder encoder, int scope, int severity) {
        if (closed || io.inLoop()) {
            put(encoder, scope, severity);
            return true;
        }
        long position = ring.claim(encoder.length(), usable[Entry.severityClass(severity)]);
        if (position == Ring.TOO_LARGE || position == Ring.CLOSED) {
            noRoom(position, encoder.length(), 0, severity);
            return true;
        }
        if (position < 0) {
            io.wake();
            return false;
        }
        fill(position, encoder, scope, severity);
        return true;
    }

    /** As {@link #put}, from the pipe's own thread. */
    void putOwn(RecordEncoder encoder, int scope, int severity) {
        if (!closed) {
            write(encoder, scope, severity);
        }
    }

    private long write(RecordEncoder encoder, int scope, int severity) {
        int length = encoder.length();
        long limit = usable[Entry.severityClass(severity)];
        long position = ring.claim(length, limit);
        if (position < 0) {
            position = noRoom(position, length, limit, severity);
            if (position < 0) {
                return -1;
            }
        }
        return fill(position, encoder, scope, severity);
    }

    private long fill(long position, RecordEncoder encoder, int scope, int severity) {
        ledger.accepted(1);
        records.enters();
        if (!ring.commit(position, encoder, scope | severity << 16 | TYPE_LOG)) {
            records.gone(1);
            ledger.dropped(DropReason.DISK_FULL, 1);
            drops.add(DropReason.DISK_FULL, Entry.severityClass(severity), 1);
            return -1;
        }
        if (position - ring.head() > wakeAt) {
            io.wake();
        }
        return position + encoder.length();
    }

    private long noRoom(long result, int length, long limit, int severity) {
        io.wake();
        if (result == Ring.TOO_LARGE) {
            return refuse(DropReason.TOO_LARGE, severity);
        }
        if (result == Ring.CLOSED) {
            return refuse(DropReason.CLOSED, severity);
        }
        if (blockNanos > 0 && !io.inLoop() && !Schedulers.isInNonBlockingThread()) {
            long deadline = System.nanoTime() + blockNanos;
            while (System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(this, BLOCK_STEP_NANOS);
                long position = ring.claim(length, limit);
                if (position >= 0) {
                    return position;
                }
                if (position == Ring.CLOSED) {
                    return refuse(DropReason.CLOSED, severity);
                }
            }
        }
        if (blockedBy != null) {
            return refuse(DropReason.DISK_FULL, severity);
        }
        return refuse(result == Ring.RESERVED ? DropReason.SEVERITY_RESERVE : DropReason.QUEUE_FULL, severity);
    }

    /** @return -1 */
    long refuse(DropReason reason, int severity) {
        ledger.refused(reason, 1);
        drops.add(reason, Entry.severityClass(severity), 1);
        return -1;
    }

    /** Whether even the lowest severity is taken again. */
    boolean isRelaxed() {
        return blockedBy == null && ring.used() < usable[0];
    }

    /** How many bytes a record of info may still use. */
    long credit() {
        return blockedBy != null || closed ? 0 : Math.max(0, usable[2] - ring.used());
    }

    /** Why the store does not take what is in the ring; null when it does. */
    void blockedBy(@Nullable String problem) {
        blockedBy = problem;
    }

    @Nullable
    String blockedBy() {
        return blockedBy;
    }

    /** From now on nothing is taken in; a record that has a place in the ring may still be on its way there. */
    void close() {
        closed = true;
        ring.close();
    }

    boolean isClosed() {
        return closed;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.core.internal.ThreadValues;
import dev.weir.core.internal.VirtualThreads;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.RecordLimits;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One {@link PendingRecord} for each platform thread, kept; a pool of {@value #POOL} for virtual threads, which are too
 * many to have one each. Thread-safe; allocates only when a thread or a slot of the pool is new.
 */
final class PendingRecords {

    private static final int POOL = 64;

    private final ThreadValues<RingRecord> ofThread = new ThreadValues<>();

    private final AtomicReferenceArray<@Nullable RingRecord> free = new AtomicReferenceArray<>(POOL);
    private final Consumer<RingRecord> giveBack = this::giveBack;
    private final RingInput input;
    private final RecordLimits limits;
    private final Redactor redactor;
    private final RefusingRecord reentrant;
    private final RefusingRecord broken;

    PendingRecords(RingInput input, RecordLimits limits, Redactor redactor) {
        this.input = input;
        this.limits = limits;
        this.redactor = redactor;
        this.reentrant = new RefusingRecord(input, DropReason.REENTRANT);
        this.broken = new RefusingRecord(input, DropReason.ENCODING_FAILED);
    }

    /**
     * The calling thread's record; when that is in use, one that refuses ({@link DropReason#REENTRANT}), and so does
     * the one that is given where there is no memory for another ({@link DropReason#ENCODING_FAILED}).
     */
    PendingRecord take() {
        return mine().useFor(input);
    }

    /** As {@link #take}; not in use yet. */
    PendingRecord mine() {
        try {
            return found();
        } catch (Throwable outOfMemory) {
            return broken;
        }
    }

    private PendingRecord found() {
        RingRecord record = ofThread.get();
        if (record == null) {
            if (VirtualThreads.isVirtual(Thread.currentThread())) {
                record = fromPool();
                ofThread.lend(record.self);
            } else {
                record = create(false);
                ofThread.keep(record);
            }
        } else if (record.isInUse()) {
            return reentrant;
        }
        return record;
    }

    private RingRecord create(boolean pooled) {
        return new RingRecord(new RecordEncoder(limits), redactor, input.producer(pooled));
    }

    private RingRecord fromPool() {
        int slot = Thread.currentThread().hashCode() >>> 4 & POOL - 1;
        RingRecord record = free.getAndSet(slot, null);
        if (record == null) {
            record = create(true);
        }
        record.lend(giveBack, slot);
        return record;
    }

    /** Of a record of the pool. */
    private void giveBack(RingRecord record) {
        int slot = record.takeBack();
        ofThread.takeBack();
        RingRecord displaced = free.getAndSet(slot, record);
        if (displaced != null) {
            displaced.retire();
        }
    }
}

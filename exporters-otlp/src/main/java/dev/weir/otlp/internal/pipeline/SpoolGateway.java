// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.spi.Spool;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Moves the batches of one pipeline to the spool and back: offers and polls on the disk's thread, decides on the
 * worker. What is stored here is younger than what its pipeline has in memory, and comes back in order.
 *
 * <p>A spool that refuses (full or broken disk) loses nothing: the batch waits here, the pipeline accepts no more, and
 * the offer is repeated every second.
 *
 * <p>In the ledger this holds what is on its way to the disk and what the spool reports to have, given out or not. What
 * a spool drops by its own bounds it counts itself.
 */
public final class SpoolGateway {

    private static final long MAX_STORING_BYTES = 8 << 20;
    private static final Duration REFUSED_PAUSE = Duration.ofSeconds(1);

    private final Spool spool;
    private final Signal signal;
    private final SignalLedger account;
    private final TelemetryLoop worker;
    private final TelemetryLoop io;
    private final boolean always;

    private @Nullable Listener listener;
    private final ArrayDeque<Stored> storing = new ArrayDeque<>();
    private long storingBytes;
    private boolean offering;
    private boolean refused;
    private boolean polling;
    private boolean inUse;
    private boolean drained = true;
    private boolean ended;
    /** Records on their way to the disk. */
    private final AtomicLong underWay = new AtomicLong();
    /** Whether what is in the spool is in the account. */
    private volatile boolean recovered;
    /** Records put in and not taken out again, as far as the worker knows. */
    private long inside;

    /** @param always whether every batch goes through the spool before it is sent */
    public SpoolGateway(Spool spool, SignalLedger account, TelemetryLoop worker, TelemetryLoop io, boolean always) {
        this.spool = spool;
        this.account = account;
        this.signal = account.signal();
        this.worker = worker;
        this.io = io;
        this.always = always;
        this.inUse = always;
    }

    /** What the gateway needs of its pipeline. Called by the worker. */
    interface Listener {

        /** A batch came back from the spool, which holds its records until they are settled. */
        void replay(EncodedBatch stored);

        /** The spool has something that may be sent. */
        void mayPull();

        /** Something reached the disk, or the spool is empty. */
        void settled();

        /** There was no memory to read a batch. */
        void shortOfMemory(OutOfMemoryError cause);
    }

    void attach(Listener listener) {
        this.listener = listener;
    }

    /** Records held here, in the ledger's sense. Any thread. */
    long held() {
        return underWay.get() + (recovered ? spool.records(signal) : 0);
    }

    /** Records held here that outlive the process. Any thread. */
    long safe() {
        return recovered && spool.isDurable(signal) ? spool.records(signal) : 0;
    }

    /**
     * What an earlier run left behind: it is queued again. Asked on the disk's thread, which opens the spool before
     * that.
     */
    void recover() {
        io.submit(() -> {
            long records = spool.records(signal);
            account.recovered(records);
            recovered = true;
            if (records > 0) {
                worker.execute(() -> recovered(records));
            }
        });
    }

    private void recovered(long records) {
        inside += records;
        inUse = true;
        drained = false;
        listener().mayPull();
    }

    private Listener listener() {
        Listener listener = this.listener;
        if (listener == null) {
            throw new IllegalStateException("not attached");
        }
        return listener;
    }

    /** Any thread. */
    long storedRecords() {
        return spool.records(signal);
    }

    /** Any thread. */
    long storedBytes() {
        return spool.bytes();
    }

    /** Whether new batches have to queue up behind what is stored. */
    boolean isInUse() {
        assert worker.inLoop();
        return inUse;
    }

    /** From now on new batches go to the spool, until it is empty again. */
    void begin() {
        assert worker.inLoop();
        inUse = true;
    }

    boolean accepts() {
        assert worker.inLoop();
        return !refused && storingBytes < MAX_STORING_BYTES;
    }

    /** Whether something is on its way to the disk. */
    boolean isStoring() {
        return !storing.isEmpty();
    }

    /** Records inside and not given out, stored or on their way. */
    long inside() {
        return inside;
    }

    /** Stores one plain body, which this takes over with its records. */
    void store(ByteBuf body, int records) {
        assert worker.inLoop();
        underWay.addAndGet(records);
        storing.add(new Stored(body, records));
        storingBytes += body.readableBytes();
        inside += records;
        offerNext();
    }

    /** Offers what waits for the disk, unless that is under way. */
    void offerNext() {
        Stored next = storing.peek();
        if (offering || next == null) {
            return;
        }
        offering = true;
        boolean submitted = io.submit(() -> {
            boolean stored = offer(next);
            if (!worker.submit(() -> offered(next, stored))) {
                // The worker has ended and does not use the batch any more.
                next.body.release();
                if (!stored) {
                    lose(next);
                }
            }
        });
        if (!submitted) {
            offering = false;
            refused = true;
            worker.schedule(REFUSED_PAUSE, this::offerNext);
        }
    }

    /** The disk's thread. */
    private boolean offer(Stored next) {
        try {
            if (spool.offer(signal, next.records, next.body.nioBuffer())) {
                underWay.addAndGet(-next.records);
                return true;
            }
        } catch (Throwable e) {
            // As a disk that refuses.
        }
        return false;
    }

    private void offered(Stored batch, boolean stored) {
        offering = false;
        if (ended) {
            batch.body.release();
            if (!stored) {
                lose(batch);
            }
            return;
        }
        if (!stored) {
            refused = true;
            worker.schedule(REFUSED_PAUSE, this::offerNext);
            return;
        }
        refused = false;
        drained = false;
        // The head, not by equals: the JDK keeps the class of records that were compared, and so our class loader.
        storing.remove();
        storingBytes -= batch.body.readableBytes();
        batch.body.release();
        offerNext();
        listener().mayPull();
        listener().settled();
    }

    /** Gets the next batch back. */
    void pull() {
        assert worker.inLoop();
        if (!inUse || polling || drained) {
            return;
        }
        polling = true;
        boolean submitted = io.submit(() -> {
            EncodedBatch batch;
            try {
                batch = poll();
            } catch (OutOfMemoryError e) {
                worker.submit(() -> pollFailed(e));
                return;
            }
            if (!worker.submit(() -> polled(batch)) && batch != null) {
                batch.nack();
            }
        });
        if (!submitted) {
            polling = false;
        }
    }

    private @Nullable EncodedBatch poll() {
        try {
            return spool.poll(signal);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            return null;
        }
    }

    /** There was no memory to read a batch, which stays where it is. */
    private void pollFailed(OutOfMemoryError cause) {
        polling = false;
        listener().shortOfMemory(cause);
    }

    private void polled(@Nullable EncodedBatch batch) {
        polling = false;
        if (batch != null) {
            if (ended) {
                batch.nack();
                return;
            }
            inside -= batch.records();
            listener().replay(batch);
            return;
        }
        if (!storing.isEmpty()) {
            return;
        }
        drained = true;
        inUse = always;
        inside = 0;
        listener().settled();
    }

    /** Records that had been taken out are inside again. */
    void gaveBack(int records) {
        inside += records;
    }

    /**
     * After the deadline: what did not reach the disk is lost, and all that is in a spool that ends with the process.
     *
     * @return records that are lost; one more batch may be on the disk's thread and is counted there
     */
    long abandon() {
        ended = true;
        long lost = 0;
        for (Stored batch : storing) {
            if (offering && batch == storing.peek()) {
                continue;
            }
            lost += batch.records;
            batch.body.release();
        }
        underWay.addAndGet(-lost);
        storing.clear();
        storingBytes = 0;
        inside -= lost;
        if (!spool.isDurable(signal)) {
            lost += inside;
            inside = 0;
            recovered = false;
        }
        return lost;
    }

    private void lose(Stored batch) {
        underWay.addAndGet(-batch.records);
        if (spool.isDurable(signal)) {
            account.dropped(DropReason.SHUTDOWN, batch.records);
        }
    }

    private record Stored(ByteBuf body, int records) {}
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.EncodedBatch;
import dev.weir.core.Signal;
import dev.weir.core.Spool;
import dev.weir.core.TelemetryLoop;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One lane's way to the spool and back: offers and polls on the disk's thread, all decisions on the worker. What is stored
 * here is younger than what its lane has in memory, and comes back in order.
 *
 * <p>A spool that refuses (full or broken disk) loses nothing: the batch waits here, the lane accepts no more, and the
 * offer is repeated every second.
 */
final class SpoolLink {

    private static final long MAX_STORING_BYTES = 8 << 20;
    private static final Duration REFUSED_PAUSE = Duration.ofSeconds(1);

    private final Spool spool;
    private final Signal signal;
    private final TelemetryLoop worker;
    private final TelemetryLoop io;
    private final boolean always;

    private @Nullable Lane lane;
    private final ArrayDeque<Stored> storing = new ArrayDeque<>();
    private long storingBytes;
    private boolean offering;
    private boolean refused;
    private boolean polling;
    private boolean inUse;
    private boolean drained = true;
    /** Records inside the spool that the lane holds. */
    private long inside;

    SpoolLink(Spool spool, Signal signal, TelemetryLoop worker, TelemetryLoop io, boolean always) {
        this.spool = spool;
        this.signal = signal;
        this.worker = worker;
        this.io = io;
        this.always = always;
        this.inUse = always;
    }

    void attach(Lane lane) {
        this.lane = lane;
    }

    /** What an earlier run left behind: it is queued again. */
    void recover() {
        long records = spool.records(signal);
        if (records > 0) {
            Lane lane = lane();
            lane.account().recovered(records);
            lane.hold(records);
            inside += records;
            inUse = true;
            drained = false;
        }
    }

    private Lane lane() {
        Lane lane = this.lane;
        if (lane == null) {
            throw new IllegalStateException("not attached");
        }
        return lane;
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
        return inUse;
    }

    /** From now on new batches go to the spool, until it is empty again. */
    void begin() {
        inUse = true;
    }

    boolean accepts() {
        return !refused && storingBytes < MAX_STORING_BYTES;
    }

    /** Whether something is on its way to the disk. */
    boolean isStoring() {
        return !storing.isEmpty();
    }

    /** Records inside, stored or on their way. */
    long inside() {
        return inside;
    }

    /** Stores one plain body, which this takes over. */
    void store(ByteBuf body, int records) {
        storing.add(new Stored(body, records));
        storingBytes += body.readableBytes();
        inside += records;
        offerNext();
    }

    private void offerNext() {
        Stored next = storing.peek();
        if (offering || next == null) {
            return;
        }
        offering = true;
        boolean submitted = io.submit(() -> {
            boolean stored = offer(next);
            worker.execute(() -> offered(next, stored));
        });
        if (!submitted) {
            offering = false;
            refused = true;
        }
    }

    private boolean offer(Stored next) {
        try {
            return spool.offer(signal, next.records, next.body.nioBuffer());
        } catch (RuntimeException e) {
            return false;
        }
    }

    private void offered(Stored batch, boolean stored) {
        offering = false;
        if (batch.gone) {
            return;
        }
        if (!stored) {
            refused = true;
            worker.schedule(REFUSED_PAUSE, this::offerNext);
            return;
        }
        refused = false;
        drained = false;
        storing.remove(batch);
        storingBytes -= batch.body.readableBytes();
        batch.body.release();
        offerNext();
        lane().pump();
        lane().checkWaiters();
    }

    /** Gets the next batch back, if the destination could take it. */
    void pull(Destination destination) {
        if (!inUse || polling || drained || destination.state() == Destination.State.OPEN && lane().hasReady()) {
            return;
        }
        polling = true;
        boolean submitted = io.submit(() -> {
            EncodedBatch batch = poll();
            worker.execute(() -> polled(batch));
        });
        if (!submitted) {
            polling = false;
        }
    }

    private @Nullable EncodedBatch poll() {
        try {
            return spool.poll(signal);
        } catch (RuntimeException e) {
            return null;
        }
    }

    private void polled(@Nullable EncodedBatch batch) {
        polling = false;
        Lane lane = lane();
        if (batch != null) {
            inside -= batch.records();
            lane.replay(batch);
            return;
        }
        if (!storing.isEmpty()) {
            return;
        }
        drained = true;
        inUse = always;
        if (inside > 0) {
            // The spool let go of records by its own bounds.
            lane.account().dropped(DropReason.AGED, inside);
            lane.hold(-inside);
            inside = 0;
        }
        lane.checkWaiters();
    }

    /** After the deadline: what did not reach the disk is lost. */
    long abandon() {
        long lost = 0;
        for (Stored batch : storing) {
            batch.gone = true;
            lost += batch.records;
            if (!offering || batch != storing.peek()) {
                batch.body.release();
            }
        }
        storing.clear();
        storingBytes = 0;
        inside -= lost;
        return lost;
    }

    private static final class Stored {

        final ByteBuf body;
        final int records;
        boolean gone;

        Stored(ByteBuf body, int records) {
            this.body = body;
            this.records = records;
        }
    }
}

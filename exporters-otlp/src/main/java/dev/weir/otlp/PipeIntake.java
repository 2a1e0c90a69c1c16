// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.spi.EncodedBatch;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * Takes batches that somebody else encoded and keeps, for example the log pipe. Asks for as many as the lane has room for, so
 * that the rest stays where it is safe; answers each only when the receiver did.
 */
final class PipeIntake extends BaseSubscriber<EncodedBatch> implements Intake, Registration {

    /** How many may be asked for and not yet be in the lane. */
    private static final int AHEAD = 4;

    private final Lane lane;
    private final TelemetryLoop worker;
    private final ArrayDeque<EncodedBatch> arrived = new ArrayDeque<>();
    private int asked;
    /** How many that were asked for went back at once. */
    private final AtomicInteger missed = new AtomicInteger();

    private boolean subscribed;
    private volatile boolean closed;

    PipeIntake(Lane lane, TelemetryLoop worker) {
        this.lane = lane;
        this.worker = worker;
        lane.add(this);
    }

    void subscribeTo(Publisher<? extends EncodedBatch> batches) {
        batches.subscribe(this);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        worker.execute(() -> subscribed = true);
    }

    @Override
    protected void hookOnNext(EncodedBatch batch) {
        try {
            if (!worker.submit(() -> arrive(batch))) {
                batch.nack();
            }
        } catch (OutOfMemoryError e) {
            // What is thrown would end the subscription.
            missed.incrementAndGet();
            batch.nack();
        }
    }

    private void arrive(EncodedBatch batch) {
        asked--;
        if (closed) {
            batch.nack();
        } else {
            arrived.add(batch);
        }
    }

    @Override
    public int fill(boolean forced) {
        int work = 0;
        asked -= missed.getAndSet(0);
        for (EncodedBatch batch; (batch = arrived.peek()) != null && lane.acceptsFromSource(); work++) {
            if (!lane.submit(batch.body(), batch.bytes(), batch.records(), batch)) {
                break;
            }
            arrived.remove();
        }
        if (subscribed && !closed && asked + arrived.size() < AHEAD && lane.acceptsFromSource()) {
            int more = AHEAD - asked - arrived.size();
            asked += more;
            request(more);
        }
        return work;
    }

    @Override
    public long mark() {
        return 0;
    }

    @Override
    public boolean passed(long mark) {
        return arrived.isEmpty();
    }

    /** Asks for no more; what was given out goes back. */
    @Override
    public void close() {
        closed = true;
        cancel();
    }

    @Override
    public void dispose() {
        close();
    }

    @Override
    public long abandon() {
        long records = 0;
        for (EncodedBatch batch; (batch = arrived.poll()) != null; ) {
            records += batch.records();
            batch.nack();
        }
        return records;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.intake;

import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.otlp.internal.pipeline.RecordSource;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * Takes batches that a publisher encoded and keeps until they are settled, for example the log pipe. Requests only as
 * many as the pipeline has room for; acknowledges each batch when the receiver has accepted it. Owned by the worker;
 * the signals of the publisher may come on any thread.
 */
public final class BatchIntake extends BaseSubscriber<EncodedBatch> implements RecordSource, Registration {

    /** How many may be requested and not yet be in the pipeline. */
    private static final int AHEAD = 4;

    private final SignalPipeline pipeline;
    private final TelemetryLoop worker;
    private final ArrayDeque<EncodedBatch> arrived = new ArrayDeque<>();
    private int requested;
    /** How many requested batches went back at once. */
    private final AtomicInteger returned = new AtomicInteger();

    private boolean subscribed;
    private volatile boolean closed;

    public BatchIntake(SignalPipeline pipeline, TelemetryLoop worker) {
        this.pipeline = pipeline;
        this.worker = worker;
        pipeline.add(this);
    }

    public void subscribeTo(Publisher<? extends EncodedBatch> batches) {
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
            // To throw would end the subscription.
            returned.incrementAndGet();
            batch.nack();
            worker.wake();
        }
    }

    private void arrive(EncodedBatch batch) {
        requested--;
        if (closed) {
            batch.nack();
        } else {
            arrived.add(batch);
        }
    }

    @Override
    public int fill(boolean forced) {
        assert worker.inLoop();
        int work = 0;
        requested -= returned.getAndSet(0);
        for (EncodedBatch batch;
                (batch = arrived.peek()) != null && pipeline.admission().acceptsFromSource();
                work++) {
            if (!pipeline.submit(batch.body(), batch.bytes(), batch.records(), batch)) {
                break;
            }
            arrived.remove();
        }
        if (subscribed
                && !closed
                && requested + arrived.size() < AHEAD
                && pipeline.admission().acceptsFromSource()) {
            int more = AHEAD - requested - arrived.size();
            requested += more;
            request(more);
        }
        return work;
    }

    /** Everything that comes is a task of the worker. */
    @Override
    public long restNanos(long idleNanos) {
        return arrived.isEmpty() && returned.get() == 0 ? Long.MAX_VALUE : idleNanos;
    }

    @Override
    public long mark() {
        return 0;
    }

    @Override
    public boolean passed(long mark) {
        return arrived.isEmpty();
    }

    /** Requests no more; batches that arrive go back. */
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

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.otlp.internal.transport.Transport;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Export pipeline of one signal: queues encoded requests in order, sends as many as the destination allows, and settles
 * each exactly once. Owned by the worker; a method that any thread may call is marked.
 *
 * <p>Bounds: {@link PipelineOptions#memoryBytes} of payloads, in flight or waiting; when they are reached,
 * {@link Admission} refuses batches and records stay in their source.
 */
public final class SignalPipeline {

    private final Signal signal;
    private final PipelineOptions options;
    private final SignalLedger account;
    private final TelemetryLoop worker;
    private final Route route;
    private final TapDispatcher taps;

    private final PipelineStats stats = new PipelineStats();
    private final List<RecordSource> sources = new CopyOnWriteArrayList<>();
    private final AckWindow window = new AckWindow();
    private final InFlight inFlight = new InFlight(stats);
    private final FlushWaiters waiters = new FlushWaiters();
    private final Backlog backlog = new Backlog(stats);
    private final MemoryShortage shortage;
    private final BatchFactory factory;
    private final Settlement settlement;
    private final @Nullable Spill spill;
    private final Admission admission;
    private final PipelineShutdown shutdown;
    private final ResultHandler handler;
    private final Sender sender;

    public SignalPipeline(
            PipelineOptions options,
            SignalLedger account,
            Destination destination,
            List<Transport> transports,
            @Nullable SpoolGateway spool,
            PipelineServices services) {
        this.signal = account.signal();
        this.options = options;
        this.account = account;
        this.worker = services.worker();
        Ticker ticker = services.ticker();
        this.taps = services.taps();
        ThrottledLog log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.shortage = new MemoryShortage(signal, worker, ticker, log);
        this.factory = new BatchFactory(signal, options, services, window, shortage, log);
        this.settlement = new Settlement(account, stats, window);
        this.spill = spool == null ? null : new Spill(signal, spool, backlog, factory, settlement, services);
        this.route = new Route(destination, account, options.url(), transports, this::pump);
        this.admission = new Admission(options.memoryBytes(), worker, shortage, backlog, window, route, spill);
        this.shutdown = new PipelineShutdown(worker, sources, route, backlog, inFlight, settlement, spill);
        this.handler = new ResultHandler(options, route, backlog, factory, settlement, shutdown, services);
        this.sender = new Sender(options, route, inFlight, handler, shortage, services, this::checkWaiters);
        account.holds(stats::held);
        if (spool != null) {
            spool.attach(new ReplayFromSpool(spool));
            account.holds(spool::held);
        }
    }

    public Signal signal() {
        return signal;
    }

    public SignalLedger account() {
        return account;
    }

    public PipelineOptions options() {
        return options;
    }

    /** The signal's way to its destination. */
    public Route route() {
        return route;
    }

    /** Counters; any thread. */
    public PipelineStats stats() {
        return stats;
    }

    /** Whether one more batch may be submitted now. */
    public Admission admission() {
        return admission;
    }

    PipelineShutdown shutdown() {
        return shutdown;
    }

    /** Adds a source; any thread. */
    public void add(RecordSource source) {
        sources.add(source);
    }

    /** Adds a listener; any thread. */
    public void add(OperationListener listener) {
        handler.add(listener);
    }

    /** Removes a listener; any thread. */
    public void remove(OperationListener listener) {
        handler.remove(listener);
    }

    /** Queues again what an earlier run left in the spool. */
    public void recover() {
        assert worker.inLoop();
        if (spill != null) {
            spill.gateway().recover();
        }
    }

    /** One round of the worker. */
    public int doWork() {
        assert worker.inLoop();
        int work = 0;
        if (shutdown.hasEnded()) {
            return work;
        }
        if (shortage.ended()) {
            if (spill != null) {
                spill.gateway().offerNext();
            }
            pump();
        }
        boolean forced = shutdown.isClosing() || waiters.areSourcesAwaited();
        for (RecordSource source : sources) {
            work += source.fill(forced);
        }
        if (!waiters.isEmpty()) {
            checkWaiters();
        }
        return work;
    }

    /** As {@link RecordSource#restNanos}, for all sources. */
    public long restNanos(long idleNanos) {
        assert worker.inLoop();
        if (shutdown.hasEnded()) {
            return Long.MAX_VALUE;
        }
        if (shutdown.isClosing() || shortage.isPending() || !waiters.isEmpty()) {
            return idleNanos;
        }
        long rest = Long.MAX_VALUE;
        for (RecordSource source : sources) {
            rest = Math.min(rest, source.restNanos(idleNanos));
        }
        return rest;
    }

    /** There was no memory to prepare something, which is tried again after a pause. */
    public void shortOfMemory(OutOfMemoryError cause) {
        shortage.began(cause);
    }

    /** Records were taken out of a ring and are now held here. */
    public void hold(long records) {
        stats.addHeld(records);
    }

    /**
     * Takes one body.
     *
     * @param source the batch that it came from and that holds its records; null when this pipeline holds them
     * @return false when memory is short: the body was not taken, its records are where they were
     */
    public boolean submit(List<ByteBuffer> body, int length, int records, @Nullable EncodedBatch source) {
        assert worker.inLoop();
        Spill spill = this.spill;
        if (source == null && spill != null && (spill.gateway().isInUse() || route.isDown())) {
            if (!spill.gateway().isInUse()) {
                spill.begin();
            }
            return spill.store(body, length, records);
        }
        return enqueue(body, length, records, source == null ? null : new SourceBatch(source, false));
    }

    private boolean enqueue(List<ByteBuffer> body, int length, int records, @Nullable SourceBatch source) {
        Batch batch;
        try {
            batch = factory.make(body, length, records, source);
        } catch (OutOfMemoryError e) {
            return false;
        }
        if (source == null || !source.isFromSpool()) {
            taps.pass(signal, records, body, length);
        }
        if (batch == null) {
            settlement.countLost(DropReason.ENCODING_FAILED, records, source == null);
            if (source != null) {
                source.batch.ack();
            }
            return true;
        }
        handler.queue(batch);
        pump();
        return true;
    }

    /** Starts what may start. */
    private void pump() {
        while (!shutdown.hasEnded() && !backlog.isEmpty()) {
            int endpoint = route.tryAcquire();
            if (endpoint < 0) {
                break;
            }
            Batch batch = backlog.poll();
            if (batch != null) {
                sender.send(batch, endpoint);
            }
        }
        Spill spill = this.spill;
        if (spill != null
                && !shutdown.isClosing()
                && admission.hasMemory()
                && backlog.size() < route.limit() + 1
                && !(route.state() == DestinationState.DOWN && !backlog.isEmpty())) {
            spill.gateway().pull();
        }
    }

    /** Calls {@code done} when everything that came in before is settled or on disk. */
    public void flush(Runnable done) {
        await(false, done);
    }

    /** As {@link #flush}, and what was taken out of the spool to be sent is settled, too. */
    void drain(Runnable done) {
        await(true, done);
    }

    private void await(boolean settled, Runnable done) {
        assert worker.inLoop();
        waiters.add(sources, settled, done);
        checkWaiters();
    }

    /** {@code done} will not be called any more. */
    public void forgetFlush(Runnable done) {
        assert worker.inLoop();
        waiters.remove(done);
    }

    private void checkWaiters() {
        stats.acknowledged(window.low());
        waiters.check(window, spill == null || !spill.gateway().isStoring(), taps);
    }

    /**
     * The last step of the close: what is left is counted as lost, and no flush is called back any more.
     *
     * @return records that stay in the spool, or went back to a source that keeps them itself
     */
    long end() {
        long stored = shutdown.end();
        waiters.clear();
        return stored;
    }

    /** Records that wait in the rings. Any thread. */
    public int queueRecords() {
        int queued = 0;
        for (RecordSource source : sources) {
            queued += source.size();
        }
        return queued;
    }

    /** Records that outlive the process; any thread. */
    long safeRecords() {
        return spill == null ? 0 : spill.gateway().safe();
    }

    /** Records that no source and no disk has; any thread. */
    long unsafeRecords() {
        long memory = stats.held() + queueRecords();
        return spill == null
                ? memory
                : memory + spill.gateway().held() - spill.gateway().safe();
    }

    /** Records in the spool; any thread. */
    public long spooledRecords() {
        return spill == null ? 0 : spill.gateway().storedRecords();
    }

    /** Bytes that the spool, which all signals share, takes up; any thread. */
    public long spoolBytes() {
        return spill == null ? 0 : spill.gateway().storedBytes();
    }

    /** Where records come from; any thread. */
    public List<RecordSource> sources() {
        return sources;
    }

    /** Takes batches that come back from the spool, which holds their records until they are settled. */
    private final class ReplayFromSpool implements SpoolGateway.Listener {

        private final SpoolGateway spool;

        ReplayFromSpool(SpoolGateway spool) {
            this.spool = spool;
        }

        @Override
        public void replay(EncodedBatch stored) {
            if (!enqueue(stored.body(), stored.bytes(), stored.records(), new SourceBatch(stored, true))) {
                stored.nack();
                spool.gaveBack(stored.records());
            }
        }

        @Override
        public void mayPull() {
            pump();
        }

        @Override
        public void settled() {
            checkWaiters();
        }

        @Override
        public void shortOfMemory(OutOfMemoryError cause) {
            shortage.began(cause);
        }
    }
}

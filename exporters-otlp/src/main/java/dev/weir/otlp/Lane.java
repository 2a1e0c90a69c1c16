// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.otlp.internal.transport.SendResult;
import dev.weir.otlp.internal.transport.Transport;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The way of one signal: takes bodies in, keeps them in order, sends as many as the destination allows, and settles each
 * exactly once. Owned by the worker; counters may be read by any thread.
 *
 * <p>Bounds: {@link LaneOptions#memoryBytes} of payloads, in flight or waiting; when they are reached {@link #accepts} says
 * no and records stay where they came from.
 *
 * <p>A shortage of memory is no verdict on records: they stay where they are, and for a moment {@link #accepts} says no.
 */
final class Lane {

    /** How many batches of a source may wait while all that may be in flight are. */
    private static final int BATCHES_AHEAD = 4;

    /** After a shortage of memory: how long nothing new is prepared. */
    private static final Duration SHORTAGE_PAUSE = Duration.ofMillis(200);

    private final Signal signal;
    private final LaneOptions options;
    private final SignalLedger account;
    private final TelemetryLoop worker;
    private final Ticker ticker;
    private final Destination destination;
    private final Transport[] transports;
    private final BatchMaker maker;
    private final Taps taps;
    private final DeadLetters deadLetters;
    private final ThrottledLog failureLog;
    private final ThrottledLog rejectLog;
    private final @Nullable SpoolLink spool;

    private final AckWindow window = new AckWindow();
    private final Settlement settlement;
    private final Backlog backlog;
    private final Set<Attempt> inFlight = new HashSet<>();
    private final List<Intake> intakes = new CopyOnWriteArrayList<>();
    private final FlushWaiters waiters = new FlushWaiters();
    private boolean shortOfMemory;
    private long shortUntilNanos;
    private boolean closing;
    private boolean ended;

    final LaneStats stats = new LaneStats();
    final List<OperationListener> operations = new CopyOnWriteArrayList<>();

    Lane(
            LaneOptions options,
            SignalLedger account,
            TelemetryLoop worker,
            Ticker ticker,
            Destination destination,
            List<Transport> transports,
            Packer packer,
            Taps taps,
            DeadLetters deadLetters,
            @Nullable SpoolLink spool) {
        this.signal = account.signal();
        this.options = options;
        this.account = account;
        this.worker = worker;
        this.ticker = ticker;
        this.destination = destination;
        this.transports = transports.toArray(Transport[]::new);
        this.maker = new BatchMaker(signal, options, packer, ticker);
        this.settlement = new Settlement(account, stats, window);
        this.backlog = new Backlog(stats);
        this.taps = taps;
        this.deadLetters = deadLetters;
        this.failureLog = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.rejectLog = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.spool = spool;
        account.holds(stats::held);
        destination.add(this);
        if (spool != null) {
            spool.attach(this);
            account.holds(spool::held);
        }
    }

    Signal signal() {
        return signal;
    }

    SignalLedger account() {
        return account;
    }

    LaneOptions options() {
        return options;
    }

    Destination destination() {
        return destination;
    }

    void add(Intake intake) {
        intakes.add(intake);
    }

    /** Queues again what an earlier run left in the spool. */
    void recover() {
        if (spool != null) {
            spool.recover();
        }
    }

    // ---- in ---------------------------------------------------------------------------------------------------------

    /** One round of the worker. */
    int doWork() {
        int work = 0;
        if (ended) {
            return work;
        }
        if (shortOfMemory && !isShortOfMemory()) {
            if (spool != null) {
                spool.offerNext();
            }
            pump();
        }
        boolean forced = closing || waiters.areIntakesAwaited();
        for (Intake intake : intakes) {
            work += intake.fill(forced);
        }
        if (!waiters.isEmpty()) {
            checkWaiters();
        }
        return work;
    }

    /** Whether one more batch may be submitted now. */
    boolean accepts() {
        if (isShortOfMemory()) {
            return false;
        }
        SpoolLink spool = this.spool;
        if (spool != null && spool.isInUse()) {
            return spool.accepts();
        }
        return hasMemory();
    }

    /** Whether one more payload may wait in memory. */
    boolean hasMemory() {
        return !isShortOfMemory() && backlog.memoryBytes() < options.memoryBytes();
    }

    private boolean isShortOfMemory() {
        if (shortOfMemory && ticker.nanoTime() - shortUntilNanos >= 0) {
            shortOfMemory = false;
        }
        return shortOfMemory;
    }

    /** There was no memory to prepare something, which is tried again after a pause. */
    void shortOfMemory(OutOfMemoryError cause) {
        shortOfMemory = true;
        shortUntilNanos = ticker.nanoTime() + SHORTAGE_PAUSE.toNanos();
        failureLog.warn(signal.label() + " wait: there is no memory to prepare them for sending", cause);
        try {
            worker.schedule(SHORTAGE_PAUSE, worker::wake);
        } catch (OutOfMemoryError noTimer) {
            // The next round of the worker will do.
        }
    }

    /**
     * Whether one more batch that its source keeps may be taken: few at a time, because a source may hold more memory for it
     * than its body is long, and while nothing can be sent they are safer there.
     */
    boolean acceptsFromSource() {
        return hasMemory() && window.unsettled() < destination.limit() + BATCHES_AHEAD;
    }

    /** As {@link #accepts}, for a source whose records are pressing: makes room on disk if there is a way. */
    boolean acceptsUnderPressure() {
        if (accepts()) {
            return true;
        }
        SpoolLink spool = this.spool;
        if (spool == null || spool.isInUse() || isShortOfMemory()) {
            return false;
        }
        spill();
        return accepts();
    }

    /** Records were taken out of a ring and are now held here. */
    void hold(long records) {
        stats.addHeld(records);
    }

    /**
     * Takes one body.
     *
     * @param source where it came from and who holds its records; null when this lane holds them
     * @return false when memory is short: the body was not taken, its records are where they were
     */
    boolean submit(List<ByteBuffer> body, int length, int records, @Nullable EncodedBatch source) {
        SpoolLink spool = this.spool;
        if (source == null && spool != null && (spool.isInUse() || destination.isOpen(this))) {
            if (!spool.isInUse()) {
                spill();
            }
            return store(body, length, records, spool);
        }
        return enqueue(body, length, records, source == null ? null : new Origin(source, false));
    }

    private boolean store(List<ByteBuffer> body, int length, int records, SpoolLink spool) {
        ByteBuf copy = null;
        try {
            copy = maker.copy(body, length);
        } catch (OutOfMemoryError e) {
            shortOfMemory(e);
            return false;
        } catch (Throwable e) {
            failureLog.warn("a batch could not be prepared and is dropped", e);
        }
        taps.show(signal, records, body, length);
        if (copy == null) {
            settlement.countLost(DropReason.ENCODING_FAILED, records, true);
            return true;
        }
        spool.store(copy, records);
        stats.addHeld(-records);
        return true;
    }

    /** Takes a body that comes back from the spool, which holds its records until they are settled. */
    void replay(EncodedBatch stored) {
        SpoolLink spool = this.spool;
        if (!enqueue(stored.body(), stored.bytes(), stored.records(), new Origin(stored, true)) && spool != null) {
            stored.nack();
            spool.gaveBack(stored.records());
        }
    }

    private boolean enqueue(List<ByteBuffer> body, int length, int records, @Nullable Origin origin) {
        Batch batch = null;
        try {
            batch = maker.make(body, length, records, window, origin);
        } catch (OutOfMemoryError e) {
            shortOfMemory(e);
            return false;
        } catch (Throwable e) {
            failureLog.warn("a batch could not be prepared and is dropped", e);
        }
        if (origin == null || !origin.isFromSpool()) {
            taps.show(signal, records, body, length);
        }
        if (batch == null) {
            settlement.countLost(DropReason.ENCODING_FAILED, records, origin == null);
            if (origin != null) {
                origin.source.ack();
            }
            return true;
        }
        backlog.arrive(batch);
        cutIfTooLong(batch);
        pump();
        return true;
    }

    /** Bodies that no receiver takes are cut before they are sent. */
    private void cutIfTooLong(Batch batch) {
        int longest = Math.min(options.maxRequestBytes(), destination.sizes().bytes());
        if (batch.bodyBytes <= longest) {
            return;
        }
        backlog.remove(batch);
        if (split(batch, tooLong(batch, longest))) {
            backlog.longerThan(longest, batch.receipt).forEach(this::cutIfTooLong);
        }
    }

    private static SendResult tooLong(Batch batch, int longest) {
        return new SendResult(
                SendResult.Outcome.TOO_LARGE,
                -1,
                SendResult.NO_DELAY,
                0,
                batch.bodyBytes + " bytes, at most " + longest + " are sent");
    }

    /** Moves what waits to the spool, in order, so that a long outage costs no memory. */
    private void spill() {
        SpoolLink spool = this.spool;
        if (spool == null) {
            return;
        }
        spool.begin();
        List<Batch> keep = new ArrayList<>();
        for (Batch batch; (batch = backlog.poll()) != null; ) {
            if (batch.origin != null) {
                keep.add(batch);
            } else if (!store(batch, spool)) {
                break;
            }
        }
        backlog.putBack(keep);
    }

    /** @return false when memory is short: the batch waits again */
    private boolean store(Batch batch, SpoolLink spool) {
        backlog.takenOver(batch);
        ByteBuf plain;
        try {
            plain = maker.plain(batch);
        } catch (OutOfMemoryError e) {
            shortOfMemory(e);
            backlog.arrive(batch);
            return false;
        }
        spool.store(plain, batch.records);
        settlement.movedToSpool(batch);
        return true;
    }

    // ---- out --------------------------------------------------------------------------------------------------------

    /** Starts what may start. */
    void pump() {
        while (!ended && !backlog.isEmpty()) {
            int endpoint = destination.tryAcquire(this);
            if (endpoint < 0) {
                break;
            }
            Batch batch = backlog.poll();
            if (batch != null) {
                start(new Attempt(batch, endpoint, ticker.nanoTime()));
            }
        }
        SpoolLink spool = this.spool;
        if (spool != null && !closing && hasMemory() && backlog.size() < destination.limit() + 1) {
            spool.pull(destination);
        }
    }

    private void start(Attempt attempt) {
        Batch batch = attempt.batch;
        if (batch.attempts++ == 0) {
            batch.firstAttemptNanos = attempt.startNanos;
        }
        inFlight.add(attempt);
        stats.inFlight(inFlight.size());
        if (batch.origin != null) {
            batch.origin.started();
        }
        if (batch.attempts > 1) {
            stats.retries.increment();
        }
        stats.wireBytes.add(batch.payloadBytes());
        stats.bodyBytes.add(batch.bodyBytes);
        long timeout = options.timeout().toNanos();
        if (timeout != 0) {
            attempt.timer = worker.schedule(options.timeout(), () -> {
                if (!attempt.done) {
                    attempt.exchange.dispose();
                    if (destination.timedOut(attempt.endpoint)) {
                        transports[attempt.endpoint].abandonConnection();
                    }
                    finished(attempt, SendResult.unreachable("no answer within " + text(options.timeout())));
                }
            });
        }
        try {
            attempt.exchange = transports[attempt.endpoint].send(
                    signal,
                    batch.payload.retainedDuplicate(),
                    batch.compressed,
                    batch.receipt.sequence,
                    timeout,
                    result -> worker.execute(() -> finished(attempt, result)));
        } catch (OutOfMemoryError e) {
            shortOfMemory(e);
            finished(attempt, SendResult.unreachable("there is no memory to send with"));
        }
    }

    /** For people: {@code 1 s}, {@code 250 ms}. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }

    private void finished(Attempt attempt, SendResult result) {
        if (attempt.done) {
            return;
        }
        end(attempt);
        inFlight.remove(attempt);
        stats.inFlight(inFlight.size());
        Batch batch = attempt.batch;
        long roundTrip = ticker.nanoTime() - attempt.startNanos;
        int bytes = batch.payloadBytes();
        stats.answered(result, roundTrip);
        settle(batch, result);
        destination.finished(this, attempt.endpoint, result, roundTrip, bytes);
        checkWaiters();
    }

    private static void end(Attempt attempt) {
        attempt.done = true;
        attempt.timer.close();
        Origin origin = attempt.batch.origin;
        if (origin != null) {
            origin.ended();
        }
    }

    private void settle(Batch batch, SendResult result) {
        switch (result.outcome()) {
            case DELIVERED -> delivered(batch, result);
            case RETRY, THROTTLE, UNREACHABLE -> again(batch, result);
            case TOO_LARGE -> {
                destination.sizes().refused(batch.bodyBytes);
                split(batch, result);
            }
            case UNAUTHORIZED -> {
                if (options.authPolicy() == AuthPolicy.KEEP) {
                    again(batch, result);
                } else {
                    rejected(batch, result);
                }
            }
            case REJECTED -> rejected(batch, result);
        }
    }

    private void delivered(Batch batch, SendResult result) {
        long rejected = Math.min(batch.records, result.rejected());
        if (rejected > 0) {
            deadLetters.add(signal, rejected, batch.bodyBytes, result);
        }
        if (!result.message().isEmpty()) {
            rejectLog.warn(signal.label() + ": " + options.url() + " took a batch over but for " + rejected + " of "
                    + batch.records + " records: " + result.message());
        }
        destination.sizes().taken(batch.bodyBytes);
        settlement.delivered(batch, rejected);
        over(batch, result);
    }

    private void again(Batch batch, SendResult result) {
        if (ticker.nanoTime() - batch.createdNanos > options.maxAge().toNanos()) {
            settlement.lost(batch, DropReason.AGED);
            over(batch, result);
            return;
        }
        if (!closing) {
            destination.warn(this, result);
        }
        backlog.putBack(batch);
    }

    private void rejected(Batch batch, SendResult result) {
        deadLetters.add(signal, batch.records, batch.bodyBytes, result);
        rejectLog.warn(signal.label() + ": " + options.url() + " refused a batch of " + batch.records
                + " records for good, they are lost: " + result.message() + destination.hint());
        settlement.lost(batch, DropReason.REJECTED);
        over(batch, result);
    }

    /** Nothing more is done with this batch. */
    private void over(Batch batch, SendResult result) {
        backlog.release(batch);
        if (batch.attempts > 0) {
            long nanos = ticker.nanoTime() - batch.firstAttemptNanos;
            for (OperationListener listener : operations) {
                listener.ended(this, result, nanos);
            }
        }
    }

    /**
     * Cuts a batch in two that the receiver found too large; a single record that is too large is lost.
     *
     * @return false when memory is short: the batch waits again, or its source has it again
     */
    private boolean split(Batch batch, SendResult result) {
        Batch[] halves;
        try {
            halves = maker.halves(batch);
        } catch (OutOfMemoryError e) {
            shortOfMemory(e);
            if (batch.origin != null && batch.origin.isReturned()) {
                window.settle(batch.receipt);
                backlog.release(batch);
            } else {
                backlog.putBack(batch);
            }
            return false;
        }
        if (halves == null) {
            deadLetters.add(signal, batch.records, batch.bodyBytes, result);
            rejectLog.warn(signal.label() + ": a batch that cannot be cut any further is too large for " + options.url()
                    + " and is lost: " + result.message());
            settlement.lost(batch, DropReason.TOO_LARGE);
        } else {
            backlog.arrive(halves[0]);
            backlog.arrive(halves[1]);
        }
        over(batch, result);
        return true;
    }

    // ---- flush and close --------------------------------------------------------------------------------------------

    /** Calls {@code done} when everything that came in before is settled or on disk. */
    void flush(Runnable done) {
        waiters.add(intakes, false, done);
        checkWaiters();
    }

    /** As {@link #flush}, and what was taken out of the spool to be sent is settled, too. */
    void drain(Runnable done) {
        waiters.add(intakes, true, done);
        checkWaiters();
    }

    /** Nobody waits for {@code done} any more. */
    void forgetFlush(Runnable done) {
        waiters.remove(done);
    }

    void checkWaiters() {
        stats.acknowledged(window.low());
        waiters.check(window, spool == null || !spool.isStoring(), taps);
    }

    /** Takes nothing in any more and sends what there is without delay. */
    void beginClose() {
        closing = true;
        for (Intake intake : intakes) {
            intake.close();
        }
        destination.press();
    }

    /**
     * Puts what waits on disk, or gives it back to its source.
     *
     * @return records that went back to a source that keeps them itself
     */
    long storeRest() {
        long returned = 0;
        SpoolLink spool = this.spool;
        List<Batch> rest = new ArrayList<>();
        for (Batch batch; (batch = backlog.poll()) != null; ) {
            Origin origin = batch.origin;
            if (spool != null && (origin == null || origin.isPartlySettled())) {
                spool.begin();
                if (!store(batch, spool)) {
                    break;
                }
            } else if (origin == null || origin.isUnderWay()) {
                rest.add(batch);
            } else {
                returned += giveBack(batch, origin);
            }
        }
        backlog.putBack(rest);
        return returned;
    }

    /** Tells the source of a batch that it was not settled; counts the records as stored there. */
    private long giveBack(Batch batch, Origin origin) {
        origin.source.nack();
        backlog.release(batch);
        if (origin.isFromSpool() && spool != null) {
            spool.gaveBack(batch.records);
            return 0;
        }
        return batch.records;
    }

    /** Gives up what is in flight: it waits again. */
    void abort() {
        for (Attempt attempt : inFlight) {
            end(attempt);
            attempt.exchange.dispose();
            backlog.putBack(attempt.batch);
        }
        inFlight.clear();
        stats.inFlight(0);
    }

    /**
     * Ends at the deadline: counts out what is left.
     *
     * @return records that stay in the spool, or went back to a source that keeps them itself
     */
    long end() {
        long stored = 0;
        closing = true;
        ended = true;
        abort();
        for (Batch batch; (batch = backlog.poll()) != null; ) {
            Origin origin = batch.origin;
            if (origin != null) {
                stored += giveBack(batch, origin);
            } else {
                settlement.lost(batch, DropReason.SHUTDOWN);
                backlog.release(batch);
            }
        }
        for (Intake intake : intakes) {
            intake.close();
            intake.abandon();
        }
        if (spool != null) {
            settlement.countLost(DropReason.SHUTDOWN, spool.abandon(), false);
            stored += spool.inside();
        }
        waiters.clear();
        return stored;
    }

    /** For people; any thread. */
    ExportStatus.Of status() {
        return new ExportStatus.Of(
                destination.addresses(),
                destination.state(this).name().toLowerCase(Locale.ROOT),
                destination.lastFailure(this),
                queueRecords(),
                stats.waitingBatches(),
                stats.memoryBytes(),
                stats.inFlight(),
                destination.limit(),
                stats.requests.sum(),
                stats.failedRequests.sum(),
                stats.retries.sum(),
                stats.wireBytes.sum(),
                stats.bodyBytes.sum(),
                stats.acknowledged());
    }

    /** Records that wait in the rings. Any thread. */
    int queueRecords() {
        int queued = 0;
        for (Intake intake : intakes) {
            queued += intake.size();
        }
        return queued;
    }

    boolean hasReady() {
        return !backlog.isEmpty();
    }

    /** Records that outlive the process; any thread. */
    long safeRecords() {
        return spool == null ? 0 : spool.safe();
    }

    /** Records that no source nor disk has; any thread. */
    long unsafeRecords() {
        return stats.held() + queueRecords() + (spool == null ? 0 : spool.held() - spool.safe());
    }

    /** Records in the spool; any thread. */
    long spooledRecords() {
        return spool == null ? 0 : spool.storedRecords();
    }

    /** Bytes that the spool, which all signals share, takes up; any thread. */
    long spoolBytes() {
        return spool == null ? 0 : spool.storedBytes();
    }

    /** The rings of this lane; any thread. */
    List<Intake> intakes() {
        return intakes;
    }
}

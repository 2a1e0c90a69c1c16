// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.CloseReport;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.Deadline;
import dev.weir.core.internal.ThrottledLog;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Consumer;

/**
 * The close of an export: sends until four fifths of the time are over, then puts the rest into the spool, then gives
 * up what is in flight, and counts what is left at the deadline as lost. Owned by the worker; any thread may make one
 * and call {@link #unfinished}.
 */
public final class ExportShutdown {

    private static final Duration LOOK = Duration.ofMillis(10);

    private enum Phase {
        SENDING,
        ABORTED,
        DONE
    }

    private final Collection<SignalPipeline> pipelines;
    private final TelemetryLoop worker;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final long budgetNanos;
    private final Consumer<CloseReport> whenDone;

    private final long deliveredBefore;
    private final long lostBefore;

    private long startNanos;
    private long returned;
    private int open;
    private Phase phase = Phase.SENDING;
    private Registration look = Registration.NONE;

    /** @param whenDone gets the report; called by the worker, or by the caller of {@link #endHere} */
    public ExportShutdown(
            Collection<SignalPipeline> pipelines,
            TelemetryLoop worker,
            Ticker ticker,
            Duration budget,
            Consumer<CloseReport> whenDone) {
        this.pipelines = pipelines;
        this.worker = worker;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.budgetNanos = Deadline.bounded(budget).toNanos();
        this.whenDone = whenDone;
        this.deliveredBefore = delivered();
        this.lostBefore = lost();
    }

    public void begin() {
        assert worker.inLoop();
        startNanos = ticker.nanoTime();
        open = pipelines.size();
        look = worker.scheduleEvery(LOOK, this::look);
        for (SignalPipeline pipeline : pipelines) {
            attempt(pipeline, pipeline.shutdown()::begin);
            attempt(pipeline, () -> pipeline.drain(() -> open--));
        }
        worker.wake();
        look();
    }

    private void look() {
        if (phase == Phase.DONE) {
            return;
        }
        long gone = ticker.nanoTime() - startNanos;
        if (open == 0 || gone >= budgetNanos) {
            finish();
        } else if (phase == Phase.SENDING && gone >= budgetNanos / 20 * 19) {
            phase = Phase.ABORTED;
            for (SignalPipeline pipeline : pipelines) {
                attempt(pipeline, pipeline.shutdown()::abort);
            }
            storeRest();
        } else if (gone >= budgetNanos / 5 * 4) {
            // Repeated: batches whose requests fail from now on are stored, too.
            storeRest();
        }
    }

    private void storeRest() {
        for (SignalPipeline pipeline : pipelines) {
            attempt(pipeline, () -> returned += pipeline.shutdown().storeRest());
        }
    }

    /** What a source or its batch throws does not stop the close of the rest. */
    private void attempt(SignalPipeline pipeline, Runnable step) {
        try {
            step.run();
        } catch (Throwable failure) {
            log.warn(
                    "a source of " + pipeline.signal().label()
                            + " failed during the close; the rest is closed nevertheless",
                    failure);
        }
    }

    private void finish() {
        phase = Phase.DONE;
        look.close();
        for (SignalPipeline pipeline : pipelines) {
            attempt(pipeline, () -> returned += pipeline.end());
        }
        whenDone.accept(new CloseReport(delivered() - deliveredBefore, returned, lost() - lostBefore));
    }

    /** Ends at once; for a worker that takes no tasks any more. */
    public void endHere() {
        finish();
    }

    /** The report so far: what is still in memory is counted as lost. Any thread. */
    public CloseReport unfinished() {
        long stored = 0;
        long inMemory = 0;
        for (SignalPipeline pipeline : pipelines) {
            stored += pipeline.safeRecords();
            inMemory += pipeline.unsafeRecords();
        }
        return new CloseReport(delivered() - deliveredBefore, stored, lost() - lostBefore + inMemory);
    }

    private long delivered() {
        long sum = 0;
        for (SignalPipeline pipeline : pipelines) {
            sum += pipeline.account().snapshot().delivered();
        }
        return sum;
    }

    private long lost() {
        long sum = 0;
        for (SignalPipeline pipeline : pipelines) {
            LedgerSnapshot account = pipeline.account().snapshot();
            sum += account.droppedTotal();
        }
        return sum;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

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
 * One close: send until four fifths of the time are gone, then put the rest into the spool, then give up what is in flight,
 * and at the deadline count out what is left. Owned by the worker, but for its making and {@link #unfinished}.
 */
final class Closing {

    private static final Duration LOOK = Duration.ofMillis(10);

    private final Collection<Lane> lanes;
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
    private int phase;
    private Registration look = Registration.NONE;

    Closing(
            Collection<Lane> lanes,
            TelemetryLoop worker,
            Ticker ticker,
            Duration budget,
            Consumer<CloseReport> whenDone) {
        this.lanes = lanes;
        this.worker = worker;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.budgetNanos = Deadline.bounded(budget).toNanos();
        this.whenDone = whenDone;
        this.deliveredBefore = delivered();
        this.lostBefore = lost();
    }

    void begin() {
        startNanos = ticker.nanoTime();
        open = lanes.size();
        look = worker.scheduleEvery(LOOK, this::look);
        for (Lane lane : lanes) {
            attempt(lane, lane::beginClose);
            attempt(lane, () -> lane.drain(() -> open--));
        }
        worker.wake();
        look();
    }

    private void look() {
        if (phase == 3) {
            return;
        }
        long gone = ticker.nanoTime() - startNanos;
        if (open == 0 || gone >= budgetNanos) {
            finish();
        } else if (phase < 2 && gone >= budgetNanos / 20 * 19) {
            phase = 2;
            for (Lane lane : lanes) {
                attempt(lane, lane::abort);
            }
            storeRest();
        } else if (gone >= budgetNanos / 5 * 4) {
            // Again at each look: what comes back from the receiver now is stored, too.
            storeRest();
        }
    }

    private void storeRest() {
        for (Lane lane : lanes) {
            attempt(lane, () -> returned += lane.storeRest());
        }
    }

    /** Sources and their batches are code of others: what they throw keeps the rest from nothing. */
    private void attempt(Lane lane, Runnable step) {
        try {
            step.run();
        } catch (Throwable failure) {
            log.warn(
                    "a source of " + lane.signal().label() + " failed at the end; the rest is closed all the same",
                    failure);
        }
    }

    private void finish() {
        phase = 3;
        look.close();
        for (Lane lane : lanes) {
            attempt(lane, () -> returned += lane.end());
        }
        whenDone.accept(new CloseReport(delivered() - deliveredBefore, returned, lost() - lostBefore));
    }

    /** The worker has ended already: nothing can be sent any more. */
    void endHere() {
        finish();
    }

    /** What it has come to when nobody waits any longer: what is still in memory is as good as lost. Any thread. */
    CloseReport unfinished() {
        long stored = 0;
        long inMemory = 0;
        for (Lane lane : lanes) {
            stored += lane.safeRecords();
            inMemory += lane.unsafeRecords();
        }
        return new CloseReport(delivered() - deliveredBefore, stored, lost() - lostBefore + inMemory);
    }

    private long delivered() {
        long sum = 0;
        for (Lane lane : lanes) {
            sum += lane.account().snapshot().delivered();
        }
        return sum;
    }

    private long lost() {
        long sum = 0;
        for (Lane lane : lanes) {
            LedgerSnapshot account = lane.account().snapshot();
            sum += account.droppedTotal();
        }
        return sum;
    }
}

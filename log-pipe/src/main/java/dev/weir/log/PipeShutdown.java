// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.CloseReport;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.internal.Deadline;
import dev.weir.log.internal.pipe.LoopCall;
import dev.weir.log.internal.pipe.RecordAccount;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The end of a pipe within a deadline: what is in the ring goes to the store, the subscriber may take what is left as long as it
 * acknowledges, a store that is being made ready is waited for, then files are let go of. Used once, by the thread that closes.
 */
final class PipeShutdown {

    private static final Duration LEAST_SHUTDOWN = Duration.ofMillis(500);

    private final TelemetryLoop io;
    private final PipeWriter writer;
    private final Batches batches;
    private final RecordAccount account;
    private final LongSupplier dyingInRings;
    private final Runnable shutDown;

    /**
     * @param dyingInRings how many records in rings die with the process
     * @param shutDown lets go of everything; on the disk's thread
     */
    PipeShutdown(
            TelemetryLoop io,
            PipeWriter writer,
            Batches batches,
            RecordAccount account,
            LongSupplier dyingInRings,
            Runnable shutDown) {
        this.io = io;
        this.writer = writer;
        this.batches = batches;
        this.account = account;
        this.dyingInRings = dyingInRings;
        this.shutDown = shutDown;
    }

    CloseReport run(Duration deadline) {
        long heldBefore = account.records();
        Deadline until = Deadline.in(deadline);
        if (LoopCall.run(io, writer::finish, until)) {
            awaitSubscriber(until);
        }
        until.await(nanos -> {
            while (writer.isPreparing() && !until.isOver()) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            return true;
        });
        Duration quarter = Deadline.bounded(deadline).dividedBy(4);
        LoopCall.run(io, shutDown, Deadline.in(quarter.compareTo(LEAST_SHUTDOWN) < 0 ? LEAST_SHUTDOWN : quarter));
        long left = account.records();
        long lost = account.loseWhatIsInMemory(dyingInRings.getAsLong());
        return new CloseReport(Math.max(0, heldBefore - left), left - lost, lost);
    }

    /** @return whether the subscriber took and acknowledged all that can be given to it */
    boolean awaitSubscriber(Deadline until) {
        long nacks = batches.nacks();
        return until.await(nanos -> {
            while (account.deliverable() > 0 || writer.expectsLeftovers()) {
                if (!batches.hasSubscriber() || batches.nacks() != nacks || until.isOver()) {
                    return false;
                }
                io.wake();
                TimeUnit.MILLISECONDS.sleep(1);
            }
            return true;
        });
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.CloseReport;
import dev.weir.core.TelemetryLoop;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The end of a pipe within a deadline: what is in the ring goes to the store, the subscriber may take what is left as long as it
 * acknowledges, then files are let go of. Used once, by the thread that closes.
 */
final class PipeClose {

    private static final long LEAST_SHUTDOWN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final TelemetryLoop io;
    private final PipeWriter writer;
    private final Batches batches;
    private final Holdings holdings;
    private final LongSupplier dyingInRings;
    private final Runnable shutDown;

    /**
     * @param dyingInRings how many records in rings die with the process
     * @param shutDown lets go of everything; on the disk's thread
     */
    PipeClose(
            TelemetryLoop io,
            PipeWriter writer,
            Batches batches,
            Holdings holdings,
            LongSupplier dyingInRings,
            Runnable shutDown) {
        this.io = io;
        this.writer = writer;
        this.batches = batches;
        this.holdings = holdings;
        this.dyingInRings = dyingInRings;
        this.shutDown = shutDown;
    }

    CloseReport run(Duration deadline) {
        long heldBefore = holdings.records();
        long until = System.nanoTime() + deadline.toNanos();
        if (perform(writer::finish, until)) {
            awaitSubscriber(until);
        }
        perform(shutDown, System.nanoTime() + Math.max(deadline.toNanos() / 4, LEAST_SHUTDOWN_NANOS));
        long left = holdings.records();
        long lost = holdings.loseWhatIsInMemory(dyingInRings.getAsLong());
        return new CloseReport(Math.max(0, heldBefore - left), left - lost, lost);
    }

    /** @return false when the disk's thread has ended */
    private boolean perform(Runnable task, long until) {
        if (io.inLoop()) {
            task.run();
            return false;
        }
        CountDownLatch done = new CountDownLatch(1);
        if (!io.submit(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        })) {
            return false;
        }
        try {
            done.await(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    /** @return whether the subscriber took and acknowledged all that can be given to it */
    boolean awaitSubscriber(long until) {
        long nacks = batches.nacks();
        while (holdings.deliverable() > 0) {
            if (!batches.hasSubscriber()
                    || batches.nacks() != nacks
                    || System.nanoTime() - until >= 0
                    || Thread.currentThread().isInterrupted()) {
                return false;
            }
            io.wake();
            LockSupport.parkNanos(this, 1_000_000);
        }
        return true;
    }
}

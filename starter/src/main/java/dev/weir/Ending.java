// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.CloseReport;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.core.internal.Daemons;
import dev.weir.core.internal.Deadline;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.Spool;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The end of a {@link Weir}, once, on the thread of the first caller, or on a thread of its own where the caller must not wait. A step that
 * throws keeps none of the others from being done. Thread-safe.
 */
final class Ending {

    /** How much later than the deadline a close is known to have ended. */
    private static final Duration LATE = Duration.ofSeconds(2);

    /** How often the threads are looked at that cannot be shutdown hooks. */
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final Installation installation;
    private final ThrottledLog log;
    private final AtomicReference<@Nullable Thread> closer = new AtomicReference<>();
    private final CompletableFuture<CloseReport> ended = new CompletableFuture<>();
    private final Spool spool;
    private final List<Registration> hooks = new CopyOnWriteArrayList<>();

    Ending(Installation installation) {
        this.installation = installation;
        this.spool = installation.pipe().spool(Carriers.SPOOL);
        this.log = ThrottledLog.of(Weir.LOGGER, installation.runtime().ticker()::nanoTime);
    }

    /** Runs {@code task} on the worker every {@link #LOOK} until the end. */
    void repeat(Runnable task) {
        atEnd(installation.runtime().threads().worker().scheduleEvery(LOOK, task));
    }

    /** Closes {@code registration} at the end. */
    void atEnd(Registration registration) {
        hooks.add(registration);
    }

    boolean isOver() {
        return ended.isDone();
    }

    /** Spans and log records that were made so far. */
    long recorded() {
        return installation.runtime().ledger().of(Signal.TRACES).snapshot().produced()
                + installation.runtime().ledger().of(Signal.LOGS).snapshot().produced();
    }

    boolean hasOpenExchanges() {
        return installation.http().openExchanges() > 0;
    }

    /** As {@link Weir#close(Duration)}. */
    CloseReport run(Duration deadline) {
        Thread me = Thread.currentThread();
        boolean first = closer.compareAndSet(null, me);
        if (mustNotWait()) {
            if (first && !Daemons.runOnce("weir-close", () -> perform(deadline))) {
                closer.set(null);
            }
        } else if (first) {
            perform(deadline);
        } else if (closer.get() != me) {
            Deadline.in(Deadline.bounded(deadline).plus(LATE)).await(ended);
        }
        return ended.getNow(CloseReport.NOTHING);
    }

    private boolean mustNotWait() {
        EventExecutor loop = ThreadExecutorMap.currentExecutor();
        return Schedulers.isInNonBlockingThread()
                || loop != null && loop.inEventLoop()
                || installation.runtime().threads().worker().inLoop()
                || installation.runtime().threads().io().inLoop();
    }

    /** No step sees that the thread was interrupted: files that it has open would be closed by that. */
    private void perform(Duration deadline) {
        closer.set(Thread.currentThread());
        boolean interrupted = Thread.interrupted();
        CloseReport report = CloseReport.NOTHING;
        try {
            report = performSteps(Deadline.in(deadline));
        } finally {
            ended.complete(report);
            CloseSteps last = new CloseSteps();
            hooks.forEach(hook -> last.then("the shutdown hook", left -> hook.close()));
            last.run(Deadline.in(deadline), this::failed);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private CloseReport performSteps(Deadline deadline) {
        Map<Signal, LedgerSnapshot> before = accounts();
        installation.closeSteps().run(deadline, this::failed);
        return report(before);
    }

    private void failed(String what, Throwable failure) {
        log.warn("closing " + what + " failed; the rest is closed all the same", failure);
    }

    private Map<Signal, LedgerSnapshot> accounts() {
        Map<Signal, LedgerSnapshot> accounts = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            accounts.put(signal, installation.runtime().ledger().of(signal).snapshot());
        }
        return accounts;
    }

    /** What is neither delivered nor in a file is lost, also where other code still has it in hand. */
    private CloseReport report(Map<Signal, LedgerSnapshot> before) {
        long delivered = 0;
        long stored = 0;
        long lost = 0;
        for (Map.Entry<Signal, LedgerSnapshot> account : accounts().entrySet()) {
            Signal signal = account.getKey();
            LedgerSnapshot now = account.getValue();
            LedgerSnapshot then = before.getOrDefault(signal, now);
            long inFiles = (spool.isDurable(signal) ? spool.records(signal) : 0)
                    + (signal == Signal.LOGS ? installation.pipe().held() : 0);
            long kept = Math.min(now.queued(), inFiles);
            delivered += now.delivered() - then.delivered();
            stored += kept;
            lost += now.droppedTotal() - then.droppedTotal() + now.queued() - kept;
        }
        return new CloseReport(delivered, stored, lost);
    }
}

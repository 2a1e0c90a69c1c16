// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.CloseReport;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryThreads;
import dev.weir.core.internal.Deadline;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.Spool;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
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
 * The end of a {@link Weir}, once, on the thread of whoever asks first, or behind it where that one must not wait. A step that throws
 * keeps none of the others from being done. Thread-safe.
 */
final class Ending {

    /** The share of a deadline in which the log pipe hands over what it has, before the export closes its doors. */
    private static final double DRAIN_SHARE = 0.6;

    /** The share of the rest that the export may use before the pipe closes. */
    private static final double EXPORT_SHARE = 0.9;

    /** How much later than the deadline a close is known to have ended. */
    private static final Duration LATE = Duration.ofSeconds(2);

    /** How often the threads are looked at that cannot be shutdown hooks. */
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final Weir.Parts parts;
    private final ThrottledLog log;
    private final AtomicReference<@Nullable Thread> closer = new AtomicReference<>();
    private final CompletableFuture<CloseReport> ended = new CompletableFuture<>();
    private final Spool spool;
    private final List<Registration> hooks = new CopyOnWriteArrayList<>();

    Ending(Weir.Parts parts) {
        this.parts = parts;
        this.spool = parts.rooms.pipe().spool(Assembly.SPOOL);
        this.log = ThrottledLog.of(Weir.LOGGER, parts.runtime.ticker()::nanoTime);
    }

    /** Has the end of the JVM close {@code weir}, at most {@code delay} after other hooks began. */
    void closeWithTheJvm(Weir weir, Duration delay) {
        OtherHooks others = new OtherHooks();
        others.look();
        hooks.add(parts.runtime.threads().worker().scheduleEvery(LOOK, others::look));
        hooks.add(ShutdownHook.register(weir, this, others, delay));
    }

    boolean isOver() {
        return ended.isDone();
    }

    /** Spans and log records that were made so far. */
    long recorded() {
        return parts.runtime.ledger().of(Signal.TRACES).snapshot().produced()
                + parts.runtime.ledger().of(Signal.LOGS).snapshot().produced();
    }

    boolean hasOpenExchanges() {
        return parts.http.openExchanges() > 0;
    }

    /** As {@link Weir#close(Duration)}. */
    CloseReport run(Duration deadline) {
        Thread me = Thread.currentThread();
        boolean first = closer.compareAndSet(null, me);
        if (mustNotWait()) {
            if (first && !TelemetryThreads.runOnce("weir-close", () -> perform(deadline))) {
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
                || parts.runtime.threads().worker().inLoop()
                || parts.runtime.threads().io().inLoop();
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
            attempt("the shutdown hook", () -> hooks.forEach(Registration::close));
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private CloseReport performSteps(Deadline deadline) {
        Map<Signal, LedgerSnapshot> before = accounts();
        attempt("log capture", parts.capture::close);
        attempt("HTTP", parts.http::close);
        attempt("context propagation", parts.propagation::close);
        attempt("the global OpenTelemetry", parts.globalSeat::close);
        attempt("the OpenTelemetry SDK", this::shutDownSdk);
        // The export goes before the pipe: its spool, where it puts what could not be sent, is the pipe's.
        attempt("the log pipe", () -> parts.rooms.pipe().drain(share(deadline.left(), DRAIN_SHARE)));
        attempt("the export", () -> parts.rooms.export().close(share(deadline.left(), EXPORT_SHARE)));
        attempt("the log pipe", () -> parts.rooms.pipe().close(deadline.left()));
        attempt("the latencies", parts.latencies::close);
        attempt("the telemetry's threads", parts.runtime::close);
        attempt("the lines of Weir", parts.ownLines::close);
        return report(before);
    }

    private void shutDownSdk() {
        OpenTelemetrySdk sdk = parts.rooms.sdk();
        if (sdk != null) {
            sdk.shutdown();
        }
        SdkMeterProvider meters = parts.rooms.meters();
        if (meters != null) {
            meters.shutdown();
        }
    }

    private void attempt(String what, Runnable step) {
        try {
            step.run();
        } catch (Throwable failure) {
            log.warn("closing " + what + " failed; the rest is closed all the same", failure);
        }
    }

    private Map<Signal, LedgerSnapshot> accounts() {
        Map<Signal, LedgerSnapshot> accounts = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            accounts.put(signal, parts.runtime.ledger().of(signal).snapshot());
        }
        return accounts;
    }

    /** What is neither delivered nor in a file is lost, also where somebody still has it in hand. */
    private CloseReport report(Map<Signal, LedgerSnapshot> before) {
        CloseReport all = CloseReport.NOTHING;
        for (Map.Entry<Signal, LedgerSnapshot> account : accounts().entrySet()) {
            Signal signal = account.getKey();
            LedgerSnapshot now = account.getValue();
            LedgerSnapshot then = before.getOrDefault(signal, now);
            long inFiles = (spool.isDurable(signal) ? spool.records(signal) : 0)
                    + (signal == Signal.LOGS ? parts.rooms.pipe().held() : 0);
            long stored = Math.min(now.queued(), inFiles);
            all = all.plus(new CloseReport(
                    now.delivered() - then.delivered(),
                    stored,
                    now.droppedTotal() - then.droppedTotal() + now.queued() - stored));
        }
        return all;
    }

    private static Duration share(Duration of, double share) {
        return Duration.ofNanos((long) (of.toNanos() * share));
    }
}

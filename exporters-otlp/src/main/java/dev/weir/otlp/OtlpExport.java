// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.CloseReport;
import dev.weir.core.Ledger;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.Deadline;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.otlp.internal.encode.OtlpEncoder;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Hands traces, logs and metrics to OTLP receivers: one for each process, shared by the three signals.
 *
 * <pre>{@code
 * OtlpExport export = OtlpExport.builder().endpoint("http://collector:4318").build();
 * SdkTracerProvider.builder().addSpanProcessor(export.spanProcessor());
 * }</pre>
 *
 * <p>Thread-safe. Encoding and decisions run on {@code weir-worker}, the network on one daemon event loop, {@code otlp-net}, or
 * on the loops that the builder was given.
 * No method that an application's request calls blocks, throws or allocates without bound.
 *
 * <p>Bounds: see {@link OtlpSettings}. When a bound is reached new records are refused and counted in the
 * {@link Ledger}; what was accepted is delivered, stored, or counted with a reason.
 */
public final class OtlpExport implements AutoCloseable {

    /** How long {@link #close()} may take. */
    public static final Duration DEFAULT_CLOSE = Duration.ofSeconds(5);

    /** How much later than the deadline a close is known to have ended. */
    private static final Duration LATE = Duration.ofSeconds(1);

    /** How long a flush that the SDK asks for may take. */
    private static final Duration SDK_FLUSH = Duration.ofSeconds(10);

    private final TelemetryRuntime runtime;
    private final boolean ownsRuntime;
    private final TelemetryLoop worker;
    private final ExportParts parts;
    private final Map<Signal, Lane> lanes = new EnumMap<>(Signal.class);
    private final SpanIntake spans;
    private final LogIntake logs;
    private final MetricIntake metrics;
    private final List<Registration> registrations = new ArrayList<>();
    private final AtomicReference<@Nullable Closing> closing = new AtomicReference<>();
    /** Signals whose shutdown by the SDK is still to come before the export closes by itself; null when it does not. */
    private final @Nullable Set<Signal> closeAfter;

    private final CompletableFuture<CloseReport> closed = new CompletableFuture<>();

    private OtlpExport(
            TelemetryRuntime runtime, boolean ownsRuntime, ExportParts parts, @Nullable Set<Signal> closeAfter) {
        this.closeAfter = closeAfter == null ? null : EnumSet.copyOf(closeAfter);
        this.runtime = runtime;
        this.ownsRuntime = ownsRuntime;
        this.worker = runtime.threads().worker();
        this.parts = parts;
        Ticker ticker = runtime.ticker();
        OtlpEncoder encoder = new OtlpEncoder();
        for (Signal signal : Signal.values()) {
            lanes.put(signal, parts.lane(signal));
        }
        Lane traces = lane(Signal.TRACES);
        this.spans = new SpanIntake(
                new RecordIntake<ReadableSpan, SpanData>(
                        traces, parts.ring(traces), ReadableSpan::toSpanData, encoder::encodeSpans, worker, ticker),
                this::flushOfSdk,
                () -> shutDownBySdk(Signal.TRACES));
        Lane logLane = lane(Signal.LOGS);
        this.logs = new LogIntake(
                new RecordIntake<LogRecordData, LogRecordData>(
                        logLane, parts.ring(logLane), record -> record, encoder::encodeLogs, worker, ticker),
                this::flushOfSdk,
                () -> shutDownBySdk(Signal.LOGS));
        this.metrics = parts.metrics(
                lane(Signal.METRICS), encoder::encodeMetrics, this::flushOfSdk, () -> shutDownBySdk(Signal.METRICS));
        registrations.add(worker.addDuty(parts.rest(), this::doWork));
        registrations.add(runtime.health().register(new ExportHealth(lanes.values())));
        parts.start();
        for (Lane lane : lanes.values()) {
            worker.execute(lane::recover);
        }
    }

    /** Starts a new configuration. */
    public static OtlpExportBuilder builder() {
        return new OtlpExportBuilder();
    }

    static OtlpExport start(OtlpExportBuilder builder) {
        TelemetryRuntime given = builder.runtime;
        TelemetryRuntime runtime = given == null ? TelemetryRuntime.create() : given;
        // A runtime that was made here ends with its only reference, a given one loses the one that is taken for this.
        if (given != null) {
            runtime.threads().retain();
        }
        ExportParts parts = null;
        try {
            parts = ExportParts.of(builder, runtime);
            return new OtlpExport(runtime, given == null, parts, builder.closeAfter);
        } catch (Throwable e) {
            if (parts != null) {
                parts.dispose();
            }
            if (given == null) {
                runtime.close();
            } else {
                runtime.threads().close();
            }
            throw e;
        }
    }

    @SuppressWarnings("NullAway") // the constructor fills every key
    private Lane lane(Signal signal) {
        return lanes.get(signal);
    }

    private int doWork() {
        int work = 0;
        for (Lane lane : lanes.values()) {
            work += lane.doWork();
        }
        return work;
    }

    /** Takes each sampled span that ends; always the same one. Its shutdown closes the door for spans only. */
    public SpanProcessor spanProcessor() {
        return spans;
    }

    /** Takes log records of the SDK, for applications without a log pipe; always the same one. */
    public LogRecordProcessor logRecordProcessor() {
        return logs;
    }

    /** Collects metrics on the worker; always the same one, for one meter provider. */
    public MetricReader metricReader() {
        return metrics;
    }

    /**
     * Sends what {@code batches} gives, asking only for what there is room for. Each batch is acknowledged once the receiver
     * took all of it over, which may be before an earlier one is.
     *
     * @return stops taking more
     */
    public Registration logs(Publisher<? extends EncodedBatch> batches) {
        PipeIntake intake = new PipeIntake(lane(Signal.LOGS), worker);
        intake.subscribeTo(batches);
        return intake;
    }

    /** Where {@code signal} goes: full addresses of equal worth, at least one. */
    public List<URI> endpoints(Signal signal) {
        return parts.endpoints(signal);
    }

    /**
     * Tries to connect to the first endpoint of {@code signal} as the export does, and closes the connection at once.
     *
     * @return completes when something listens there; fails when not, or after {@code atMost}
     */
    public Mono<Void> reach(Signal signal, Duration atMost) {
        Mono<Void> late = Mono.create(sink -> sink.onDispose(worker.schedule(atMost, sink::success)::close));
        return parts.reach(signal)
                .timeout(late, Mono.error(() -> new TimeoutException("no answer within " + Lane.text(atMost))));
    }

    /** The account of every record. */
    public Ledger ledger() {
        return runtime.ledger();
    }

    /** The newest refusals, oldest first; at most 256. */
    public List<DeadLetter> deadLetters() {
        return parts.deadLetters().list();
    }

    /**
     * Reports the export's own figures to {@code meters}, read whenever somebody collects. The metrics are named in the
     * README.
     *
     * @return takes them away
     */
    public Registration observe(MeterProvider meters) {
        return ExportMetrics.register(lanes.values(), parts::config, meters);
    }

    /** How the export is now. */
    public ExportStatus status() {
        Map<Signal, ExportStatus.Of> signals = new EnumMap<>(Signal.class);
        lanes.forEach((signal, lane) -> signals.put(signal, lane.status()));
        return new ExportStatus(signals);
    }

    /**
     * Sends what came in before without waiting for company.
     *
     * @return true when all of it was delivered, counted as lost, or is on disk; false when the time was too short
     */
    public Mono<Boolean> flush(Duration atMost) {
        return Mono.create(sink -> {
            AtomicBoolean done = new AtomicBoolean();
            boolean submitted = worker.submit(() -> flushLanes(atMost, result -> {
                if (done.compareAndSet(false, true)) {
                    sink.success(result);
                }
            }));
            if (!submitted) {
                sink.success(false);
            }
        });
    }

    private void flushLanes(Duration atMost, Consumer<Boolean> whenDone) {
        AtomicInteger left = new AtomicInteger(lanes.size());
        Runnable one = () -> {
            if (left.decrementAndGet() == 0) {
                whenDone.accept(true);
            }
        };
        for (Lane lane : lanes.values()) {
            lane.flush(one);
        }
        if (left.get() > 0) {
            worker.schedule(atMost, () -> {
                for (Lane lane : lanes.values()) {
                    lane.forgetFlush(one);
                }
                whenDone.accept(false);
            });
        }
    }

    private CompletableResultCode flushOfSdk() {
        CompletableResultCode result = new CompletableResultCode();
        boolean submitted = worker.submit(() -> flushLanes(SDK_FLUSH, success -> {
            if (success) {
                result.succeed();
            } else {
                result.fail();
            }
        }));
        return submitted ? result : result.fail();
    }

    /** The last of the signals that are waited for takes the export with it, which sends what there is. */
    private CompletableResultCode shutDownBySdk(Signal signal) {
        Set<Signal> left = closeAfter;
        if (left == null) {
            return flushOfSdk();
        }
        synchronized (left) {
            if (!left.remove(signal) || !left.isEmpty()) {
                return flushOfSdk();
            }
        }
        CompletableResultCode result = new CompletableResultCode();
        closed.thenAccept(report -> {
            if (report.lost() == 0) {
                result.succeed();
            } else {
                result.fail();
            }
        });
        begin(DEFAULT_CLOSE);
        return result;
    }

    /** As {@link #close(Duration)} with {@link #DEFAULT_CLOSE}. */
    @Override
    public void close() {
        close(DEFAULT_CLOSE);
    }

    /**
     * Closes all doors, sends what there is, puts the rest into the spool, and ends. Waits for that, unless the caller is an
     * event loop or another thread that must not wait: then it goes on behind it and {@link #closed()} tells. An interrupt does
     * not shorten the wait. Idempotent; who comes second waits for the first.
     *
     * @return what became of the records; {@link CloseReport#NOTHING} when the caller could not wait. What has no place on a disk
     *     and was not delivered by then is lost
     */
    public CloseReport close(Duration deadline) {
        Closing task = begin(deadline);
        if (Schedulers.isInNonBlockingThread() || worker.inLoop() || ExportParts.isEventLoop()) {
            return closed.getNow(CloseReport.NOTHING);
        }
        return Deadline.in(Deadline.bounded(deadline).plus(LATE)).await(closed)
                ? closed.getNow(CloseReport.NOTHING)
                : task.unfinished();
    }

    /** What the close came to; completes after one was asked for. */
    public Mono<CloseReport> closed() {
        return Mono.fromFuture(closed, true);
    }

    private Closing begin(Duration deadline) {
        Closing begun = closing.get();
        if (begun != null) {
            return begun;
        }
        Closing task = new Closing(lanes.values(), worker, runtime.ticker(), deadline, report -> {
            try {
                registrations.forEach(Registration::close);
                parts.dispose();
            } finally {
                closed.complete(report);
                if (ownsRuntime) {
                    runtime.close();
                } else {
                    runtime.threads().close();
                }
            }
        });
        begun = closing.compareAndExchange(null, task);
        if (begun != null) {
            return begun;
        }
        if (!worker.submit(task::begin)) {
            task.endHere();
        }
        return task;
    }

    @Override
    public String toString() {
        return "OtlpExport{" + parts + '}';
    }
}

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
import dev.weir.otlp.internal.config.SignalMap;
import dev.weir.otlp.internal.encode.OtlpEncoder;
import dev.weir.otlp.internal.figures.ExportHealth;
import dev.weir.otlp.internal.figures.ExportMetrics;
import dev.weir.otlp.internal.intake.BatchIntake;
import dev.weir.otlp.internal.intake.MetricIntake;
import dev.weir.otlp.internal.intake.RecordIntake;
import dev.weir.otlp.internal.intake.RingLogRecordProcessor;
import dev.weir.otlp.internal.intake.RingSpanProcessor;
import dev.weir.otlp.internal.pipeline.ExportFlush;
import dev.weir.otlp.internal.pipeline.ExportShutdown;
import dev.weir.otlp.internal.pipeline.PipelineStats;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import dev.weir.otlp.internal.transport.SendResult;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import io.opentelemetry.api.metrics.MeterProvider;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Sends traces, logs and metrics to OTLP receivers: one for each process, shared by the three signals.
 *
 * <pre>{@code
 * OtlpExport export = OtlpExport.builder().endpoint("http://collector:4318").build();
 * SdkTracerProvider.builder().addSpanProcessor(export.spanProcessor());
 * }</pre>
 *
 * <p>Thread-safe. Encoding and decisions run on {@code weir-worker}, the network on one daemon event loop,
 * {@code otlp-net}, or on the loops that the builder was given. No method that an application's request calls blocks,
 * throws or allocates without bound.
 *
 * <p>Bounds: see {@link OtlpSettings}. When a bound is reached new records are refused and counted in the
 * {@link Ledger}; accepted records are delivered, stored, or counted as lost with a reason.
 *
 * @since 0.1
 */
public final class OtlpExport implements AutoCloseable {

    /** The longest time of {@link #close()}. */
    public static final Duration DEFAULT_CLOSE = Duration.ofSeconds(5);

    /** A close may end this much after its deadline. */
    private static final Duration LATE = Duration.ofSeconds(1);

    private final TelemetryRuntime runtime;
    private final TelemetryLoop worker;
    private final ExportFactory factory;
    private final SignalMap<SignalPipeline> pipelines;
    private final Pipelines rounds;
    private final ExportFlush flush;
    private final RingSpanProcessor spans;
    private final RingLogRecordProcessor logs;
    private final MetricIntake metrics;
    private final List<Registration> registrations = new ArrayList<>();
    private final AtomicReference<@Nullable ExportShutdown> closing = new AtomicReference<>();
    private final CompletableFuture<CloseReport> closed = new CompletableFuture<>();

    private OtlpExport(ExportFactory factory, TelemetryRuntime runtime) {
        this.runtime = runtime;
        this.worker = runtime.threads().worker();
        this.factory = factory;
        Ticker ticker = runtime.ticker();
        OtlpEncoder encoder = new OtlpEncoder();
        this.pipelines = SignalMap.of(factory::pipeline);
        this.rounds = new Pipelines(pipelines.values());
        this.flush = new ExportFlush(pipelines.values(), worker);
        SdkCalls calls = new SdkCalls(flush, this::closeBySdk, factory.config().closeAfter());
        SignalPipeline traces = pipelines.get(Signal.TRACES);
        this.spans = new RingSpanProcessor(
                new RecordIntake<ReadableSpan, SpanData>(
                        traces, factory.ring(traces), ReadableSpan::toSpanData, encoder::encodeSpans, worker, ticker),
                calls::flush,
                () -> calls.shutDown(Signal.TRACES));
        SignalPipeline logRecords = pipelines.get(Signal.LOGS);
        this.logs = new RingLogRecordProcessor(
                new RecordIntake<LogRecordData, LogRecordData>(
                        logRecords, factory.ring(logRecords), record -> record, encoder::encodeLogs, worker, ticker),
                calls::flush,
                () -> calls.shutDown(Signal.LOGS));
        this.metrics = factory.metrics(
                pipelines.get(Signal.METRICS),
                encoder::encodeMetrics,
                calls::flush,
                () -> calls.shutDown(Signal.METRICS));
        registrations.add(worker.addDuty(factory.config().rest(), rounds));
        registrations.add(runtime.health().register(new ExportHealth(pipelines.values())));
        factory.start();
        for (SignalPipeline pipeline : pipelines.values()) {
            worker.execute(pipeline::recover);
        }
    }

    /**
     * Starts a new configuration.
     *
     * @return a builder, for one export
     */
    public static OtlpExportBuilder builder() {
        return new OtlpExportBuilder();
    }

    /** @param runtime with a reference for this export, which closes it, also when it cannot start */
    static OtlpExport start(ExportConfig config, TelemetryRuntime runtime) {
        ExportFactory factory = null;
        try {
            factory = new ExportFactory(config, runtime);
            return new OtlpExport(factory, runtime);
        } catch (Throwable e) {
            if (factory != null) {
                factory.dispose();
            }
            runtime.close();
            throw e;
        }
    }

    /** What the worker repeats for this export. */
    Pipelines rounds() {
        return rounds;
    }

    /**
     * Exports each sampled span that ends. After its shutdown spans are refused, logs and metrics are not.
     *
     * @return always the same processor
     */
    public SpanProcessor spanProcessor() {
        return spans;
    }

    /**
     * Exports log records of the SDK, for applications without a log pipe.
     *
     * @return always the same processor
     */
    public LogRecordProcessor logRecordProcessor() {
        return logs;
    }

    /**
     * Collects metrics on the worker.
     *
     * @return always the same reader, for one meter provider
     */
    public MetricReader metricReader() {
        return metrics;
    }

    /**
     * Sends the batches of a stream and requests only as many as there is room for. Each batch is acknowledged
     * when the receiver has accepted all of it, which may be before an earlier batch is.
     *
     * @param batches for example of a log pipe; the call subscribes to it
     * @return cancels the subscription
     */
    public Registration logs(Publisher<? extends EncodedBatch> batches) {
        BatchIntake intake = new BatchIntake(pipelines.get(Signal.LOGS), worker);
        intake.subscribeTo(batches);
        return intake;
    }

    /**
     * Lists the full addresses that one signal is sent to.
     *
     * @param signal of which the records are sent there
     * @return one or more addresses of equal worth; that of a Unix socket has the path of the socket as its fragment
     */
    public List<URI> endpoints(Signal signal) {
        return factory.config().signals().get(signal).endpoints();
    }

    /**
     * Tries to connect to the first endpoint of a signal as the export does, and closes the connection at once.
     *
     * @param signal of which the endpoint is tried
     * @param atMost time from the subscription; more than a year is a year
     * @return completes when the receiver accepts the connection; fails when it does not within {@code atMost}
     */
    public Mono<Void> reach(Signal signal, Duration atMost) {
        Mono<Void> late = Mono.create(sink -> sink.onDispose(worker.schedule(atMost, sink::success)::close));
        return factory.reach(signal)
                .timeout(
                        late,
                        Mono.error(() -> new TimeoutException(
                                SendResult.noAnswerWithin(atMost).message())));
    }

    /** {@return the ledger, which counts every record} */
    public Ledger ledger() {
        return runtime.ledger();
    }

    /** {@return the newest refusals, oldest first; at most 256} */
    public List<DeadLetter> deadLetters() {
        return factory.deadLetters().list().stream()
                .map(each -> new DeadLetter(
                        each.signal(), each.records(), each.bytes(), each.epochNanos(), each.status(), each.reason()))
                .toList();
    }

    /**
     * Registers the export's own metrics. The README names them.
     *
     * @param meters reads them at each collection
     * @return removes them
     */
    public Registration observe(MeterProvider meters) {
        return ExportMetrics.register(pipelines.values(), factory.config().signals()::get, meters);
    }

    /** {@return the state of the export now} */
    public ExportStatus status() {
        Map<Signal, ExportStatus.SignalStatus> signals = new EnumMap<>(Signal.class);
        pipelines.values().forEach(pipeline -> signals.put(pipeline.signal(), status(pipeline)));
        return new ExportStatus(signals);
    }

    private static ExportStatus.SignalStatus status(SignalPipeline pipeline) {
        PipelineStats stats = pipeline.stats();
        return new ExportStatus.SignalStatus(
                pipeline.route().addresses(),
                pipeline.route().state().label(),
                pipeline.route().lastFailure(),
                pipeline.queueRecords(),
                stats.waitingBatches(),
                stats.memoryBytes(),
                stats.inFlight(),
                pipeline.route().limit(),
                stats.requests(),
                stats.failedRequests(),
                stats.retries(),
                stats.wireBytes(),
                stats.bodyBytes(),
                stats.acknowledged());
    }

    /**
     * Sends all records that were accepted before, without waiting for batches to fill.
     *
     * @param atMost time from the subscription; more than a year is a year
     * @return true when all of it was delivered, counted as lost, or is on disk; false when the time was too short
     */
    public Mono<Boolean> flush(Duration atMost) {
        return Mono.create(sink -> {
            AtomicBoolean done = new AtomicBoolean();
            boolean begun = flush.begin(atMost, result -> {
                if (done.compareAndSet(false, true)) {
                    sink.success(result);
                }
            });
            if (!begun) {
                sink.success(false);
            }
        });
    }

    private CompletableFuture<CloseReport> closeBySdk() {
        begin(DEFAULT_CLOSE);
        return closed;
    }

    /** Does the same as {@link #close(Duration)} with {@link #DEFAULT_CLOSE}. */
    @Override
    public void close() {
        close(DEFAULT_CLOSE);
    }

    /**
     * Refuses new records, sends the accepted ones, puts the rest into the spool, and ends. Waits for that, unless the
     * caller is an event loop or another thread that must not wait: then the close continues in the background and
     * {@link #closed()} completes at its end. An interrupt does not shorten the wait. Idempotent; a second call waits
     * for the first close.
     *
     * @param deadline time from now; more than a year is a year
     * @return what happened to the records; {@link CloseReport#NOTHING} when the caller could not wait. Records that
     *     were not delivered by the deadline and are not on a disk are lost
     */
    public CloseReport close(Duration deadline) {
        ExportShutdown task = begin(deadline);
        if (Schedulers.isInNonBlockingThread() || worker.inLoop() || isEventLoop()) {
            return closed.getNow(CloseReport.NOTHING);
        }
        return Deadline.in(Deadline.bounded(deadline).plus(LATE)).await(closed)
                ? closed.getNow(CloseReport.NOTHING)
                : task.unfinished();
    }

    /** Whether the caller is a thread that carries connections. */
    private static boolean isEventLoop() {
        @Nullable EventExecutor executor = ThreadExecutorMap.currentExecutor();
        return executor != null && executor.inEventLoop();
    }

    /**
     * Gives the report of the close.
     *
     * @return completes with it when the export was closed; does not close the export
     */
    public Mono<CloseReport> closed() {
        return Mono.fromFuture(closed, true);
    }

    private ExportShutdown begin(Duration deadline) {
        ExportShutdown begun = closing.get();
        if (begun != null) {
            return begun;
        }
        ExportShutdown task = new ExportShutdown(pipelines.values(), worker, runtime.ticker(), deadline, report -> {
            try {
                registrations.forEach(Registration::close);
                factory.dispose();
            } finally {
                try {
                    // Before the close is reported: the thread that waits for it may be the one that ends the threads.
                    runtime.close();
                } finally {
                    closed.complete(report);
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
        return "OtlpExport{" + factory + '}';
    }
}

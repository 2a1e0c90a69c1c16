// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.CloseReport;
import dev.weir.core.DropReason;
import dev.weir.core.Duty;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.CurrentSpan;
import dev.weir.core.internal.Deadline;
import dev.weir.core.spi.Spool;
import dev.weir.log.internal.pipe.RecordAccount;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.pipe.Rings;
import dev.weir.log.internal.pipe.WallClock;
import dev.weir.log.internal.spool.PipeSpool;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.wire.RecordLimits;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes log records in, keeps them safe and gives them out in batches.
 *
 * <p><b>In.</b> {@link #offer} and the adapters encode a record on the calling thread, once, and put it into a ring.
 * They never throw, never touch the disk, and block only when {@link LogPipeBuilder#block} is set and the thread may
 * block. Accepted records survive the end of the process when the pipe has a directory; a power loss can lose those of
 * the last fsync interval.
 *
 * <p><b>Out.</b> {@link #batches}: with demand, at least once, in order; acknowledged batches are forgotten.
 *
 * <p><b>Bounds.</b> Bytes of the ring and of the store, age, free space of the file system, size of a record. When the
 * ring fills, low severities are refused first: trace and debug above 50 %, info above 80 %, warn above 95 %. Every
 * loss is in the ledger with its reason, and one record announces the losses when there is room again.
 *
 * <p>Thread-safe.
 *
 * @since 0.1
 */
public final class LogPipe implements AutoCloseable {

    /** The scope of the records that the pipe writes about itself. */
    public static final String OWN_SCOPE = "dev.weir.log";

    private static final long UNDECIDED = Long.MIN_VALUE;

    private final TelemetryRuntime runtime;
    private final boolean ownsRuntime;
    private final PipeParts parts;
    private final List<String> mdcKeys;
    private final RecordLimits limits;
    private final TelemetryLoop io;
    private final SignalLedger ledger;
    private final Rings rings;
    private final PipeWriter writer;
    private final Batches batches;
    private final List<Registration> registrations = new ArrayList<>();
    private final WallClock clock;
    private final RingInput input;
    private final RecordAccount account;
    private final PendingRecords pending;
    private final PipeState state;

    private @Nullable CloseReport report;

    LogPipe(
            TelemetryRuntime runtime,
            boolean ownsRuntime,
            PipeParts parts,
            RecordLimits limits,
            Redactor redactor,
            long blockNanos,
            long batchMemoryBytes,
            List<String> mdcKeys) {
        this.runtime = runtime;
        this.ownsRuntime = ownsRuntime;
        this.parts = parts;
        this.mdcKeys = List.copyOf(mdcKeys);
        this.limits = limits;
        this.io = runtime.threads().io();
        this.ledger = runtime.ledger().of(Signal.LOGS);
        this.rings = parts.rings();
        this.batches = new Batches(io, runtime.ticker(), batchMemoryBytes);
        this.input = new RingInput(rings.live(), rings.run().scopes(), io, blockNanos);
        this.pending = new PendingRecords(input, limits, redactor);
        this.account = new RecordAccount(ledger, input.records(), input.drops());
        this.state = new PipeState(runtime.ticker(), input);
        this.clock = state.clock();
        DropAnnouncer announcer = new DropAnnouncer(input, pending, clock, OWN_SCOPE, io, runtime.ticker());
        this.writer = new PipeWriter(state, announcer, parts, batches, input, account);
    }

    /**
     * Starts a builder. The directory comes from the settings, as every value that is not set.
     *
     * @return a new builder, for one pipe
     */
    public static LogPipeBuilder builder() {
        return new LogPipeBuilder();
    }

    /**
     * Starts a builder for a pipe in a given directory.
     *
     * @param directory as in {@link LogPipeBuilder#directory}
     * @return a new builder, for one pipe
     * @throws IllegalArgumentException when the path is not one of the default file system
     */
    public static LogPipeBuilder builder(Path directory) {
        return new LogPipeBuilder().directory(directory);
    }

    /** What the disk's thread repeats for this pipe. */
    Duty rounds() {
        return writer;
    }

    void start() {
        // Finding the context storage reads files: now, and not at the first record of an event loop.
        CurrentSpan.get();
        runtime.threads().retain();
        ledger.counts(input.account());
        // Is never closed: records that are left on the disk stay in the account when the pipe is closed.
        ledger.holds(account::records);
        registrations.add(runtime.health().register(new PipeHealth(input, parts)));
        registrations.add(io.addDuty(Rings.LINGER, writer));
    }

    /**
     * Does the same as {@link #offer(Severity, String, CharSequence, Attributes)} without attributes.
     *
     * @param severity {@link Severity#UNDEFINED_SEVERITY_NUMBER} for none
     * @param scope the name of the logger or library
     * @param body is cut to the limit of a body
     * @return false when it was refused; the ledger has the reason
     */
    public boolean offer(Severity severity, String scope, CharSequence body) {
        return offer(severity, scope, body, Attributes.empty());
    }

    /**
     * Offers a record with the current time and the current span of this thread.
     *
     * @param severity {@link Severity#UNDEFINED_SEVERITY_NUMBER} for none
     * @param scope the name of the logger or library
     * @param body is cut to the limit of a body
     * @param attributes those over the limit of their number are left out and counted in
     *     {@code dropped_attributes_count}
     * @return false when it was refused; the ledger has the reason
     */
    public boolean offer(Severity severity, String scope, CharSequence body, Attributes attributes) {
        return offerAt(severity, scope, body, attributes) >= 0;
    }

    private long offerAt(Severity severity, String scope, CharSequence body, Attributes attributes) {
        PendingRecord record = null;
        long end = UNDECIDED;
        boolean begun = false;
        try {
            record = pending.mine();
            record.useFor(input);
            int number = severity == null ? 0 : severity.getSeverityNumber();
            long now = clock.epochNanos();
            record.start(now, now, number, number == 0 ? "" : severity.name(), scope, "");
            begun = true;
            record.currentIds();
            record.body(body);
            record.attributes(attributes);
            end = record.offerAt();
            record.close();
            return end;
        } catch (Throwable cause) {
            if (record instanceof RingRecord inUse) {
                // Not a call: the stack may have no room for one, and then the thread must still be able to log later.
                inUse.input = null;
            }
            return end == UNDECIDED ? died(record, begun, cause) : end;
        }
    }

    private long died(@Nullable PendingRecord record, boolean begun, Throwable cause) {
        try {
            return record == null ? input.refuse(DropReason.ENCODING_FAILED, 0) : record.died(input, begun, cause);
        } catch (Throwable diedAgain) {
            // The record counts as refused once its thread begins another.
            return -1;
        }
    }

    /**
     * Does the same as {@link #offer(Severity, String, CharSequence, Attributes)} for callers that must know the
     * result. Completes when the record is in the store and, where the pipe has a directory and an fsync interval, on
     * the medium.
     *
     * @param severity {@link Severity#UNDEFINED_SEVERITY_NUMBER} for none
     * @param scope the name of the logger or library
     * @param body is read at each subscription, and cut to the limit of a body
     * @param attributes those over the limit of their number are left out and counted in
     *     {@code dropped_attributes_count}
     * @return errors with {@link RecordRefusedException} when the record is refused; offers at each subscription
     */
    public Mono<Void> offerMono(Severity severity, String scope, CharSequence body, Attributes attributes) {
        return Mono.create(sink -> {
            long position = offerAt(severity, scope, body, attributes);
            if (position < 0) {
                sink.error(new RecordRefusedException("the record was refused; see the ledger for the reason"));
            } else if (!io.submit(() -> writer.await(position, stored -> {
                if (stored) {
                    sink.success();
                } else {
                    sink.error(new RecordRefusedException(
                            "the record may not be on the medium: fsync failed or the pipe was closed before"));
                }
            }))) {
                sink.error(new RecordRefusedException("the pipe is closed"));
            }
        });
    }

    /**
     * Begins a record; for adapters of logging frameworks. It is counted from now on, also when it is not offered.
     *
     * @param epochNanos when it happened, and when it was observed
     * @param severity 1…24 as OpenTelemetry numbers them, 0 for none
     * @param severityText the name of the severity in the logging framework; empty for none
     * @param scope the name of the logger or library
     * @return a record to be filled on this thread, offered and closed
     */
    public PendingRecord begin(long epochNanos, int severity, String severityText, String scope) {
        return begin(epochNanos, epochNanos, severity, severityText, scope, "");
    }

    /**
     * Does the same as {@link #begin(long, int, String, String)} with all fields.
     *
     * @param epochNanos when it happened
     * @param observedEpochNanos when the logging framework got it
     * @param severity 1…24 as OpenTelemetry numbers them, 0 for none
     * @param severityText the name of the severity in the logging framework; empty for none
     * @param scope the name of the logger or library
     * @param scopeVersion the version of the library; empty for none
     * @return a record to be filled on this thread, offered and closed
     */
    public PendingRecord begin(
            long epochNanos,
            long observedEpochNanos,
            int severity,
            String severityText,
            String scope,
            String scopeVersion) {
        return pending.take().start(epochNanos, observedEpochNanos, severity, severityText, scope, scopeVersion);
    }

    /**
     * Turns the elements of a stream into records, asking for as many as the ring has room for: nothing is dropped and
     * nothing waits. {@code flux.as(pipe.sink("orders", (order, record) -> record.body(order.toString())))}.
     *
     * @param <T> type of the elements
     * @param scope the name of the logger or library
     * @param writer fills a record of severity info; on the thread of the stream, or on Reactor's parallel scheduler
     * @return completes with the number of records when the stream has completed and all of it is in the ring
     */
    public <T> Function<Flux<T>, Mono<Long>> sink(String scope, RecordWriter<? super T> writer) {
        return flux -> new LogSinkMono<>(flux, pending, clock, input, scope, writer);
    }

    /**
     * The records, oldest first, from the first one that no earlier subscriber acknowledged; beginning with what
     * earlier runs left. One subscriber at a time, another one gets an IllegalStateException; a later one continues
     * where the former stopped. Nothing is read without demand. Batches arrive on the disk's thread: do not block it.
     *
     * <p>Never completes before the pipe is closed.
     *
     * @param spec the size of the batches and the time to wait for one to fill
     * @return the stream; the subscriber answers each batch ({@link LogBatch#ack}, {@code nack} or {@code split})
     */
    public Flux<LogBatch> batches(BatchSpec spec) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super LogBatch> actual) {
                batches.subscribe(actual, spec);
            }
        };
    }

    /**
     * Does the same as {@link #batches(BatchSpec)} with {@link BatchSpec#DEFAULT}.
     *
     * @return the stream; the subscriber answers each batch ({@link LogBatch#ack}, {@code nack} or {@code split})
     */
    public Flux<LogBatch> batches() {
        return batches(BatchSpec.DEFAULT);
    }

    /**
     * Durable room for batches of any signal beside the records of this pipe; closed with it.
     *
     * @param name letters, digits, {@code -} and {@code _}; the same name finds the same batches after a restart
     * @return the same again for the same name, while it is open
     * @throws IllegalArgumentException when the name has other characters
     */
    public synchronized Spool spool(String name) {
        for (PipeSpool spool : state.spools()) {
            if (spool.is(name)) {
                return spool;
            }
        }
        PipeSpool spool = PipeSpool.open(name, parts.spools(), runtime);
        state.spools().add(spool);
        return spool;
    }

    /** {@return the store in use and the reason for it} */
    public StoreChoice store() {
        return parts.opener().choice();
    }

    /** {@return the keys of the MDC that adapters turn into attributes; {@code *} is all} */
    public List<String> mdcKeys() {
        return mdcKeys;
    }

    RecordLimits limits() {
        return limits;
    }

    /** {@return the number of records inside: in the ring, in the store, given out and not answered} */
    public long held() {
        return account.records();
    }

    /** {@return the fill level of the pipe now} */
    public PipeStats stats() {
        return new PipeStats(
                held(),
                rings.used(),
                rings.run().capacity(),
                account.bytes(),
                account.damaged(),
                input.drops().total());
    }

    /**
     * Counts the records that were lost for one reason, in one class of severities (trace, debug, … fatal).
     *
     * @param reason of the loss
     * @param severity any of the class; records without a severity are in the class of info
     * @return records since the start
     */
    public long dropped(DropReason reason, Severity severity) {
        return input.drops().get(reason, Entry.severityClass(severity.getSeverityNumber()));
    }

    /**
     * Completes when everything accepted so far is in the store and on the medium, and was offered to the subscriber.
     *
     * @return flushes at each subscription
     */
    public Mono<Void> flush() {
        return Mono.create(sink -> {
            long position = rings.live().tail();
            boolean taken = io.submit(() -> {
                state.hurry();
                writer.flush(position, stored -> {
                    state.relax();
                    sink.success();
                });
            });
            if (!taken) {
                sink.success();
            }
        });
    }

    /**
     * Gives the subscriber all records without waiting for full batches, and waits as long as it acknowledges. For a
     * program that ends and closes the subscriber before the pipe. Blocks at most {@code atMost}, interrupted or not;
     * not for event loops.
     *
     * @param atMost 0 or less does not wait; more than a year is a year
     * @return whether nothing is left; false as well when there is no subscriber, nor one on its way, or it gave a
     *     batch back
     */
    public boolean drain(Duration atMost) {
        state.hurry();
        try {
            return shutdown().awaitSubscriber(Deadline.in(atMost));
        } finally {
            state.relax();
        }
    }

    private PipeShutdown shutdown() {
        return new PipeShutdown(
                io, writer, batches, account, () -> rings.dyingWithProcess(input.records()), this::shutDown);
    }

    /** Does the same as {@link #close(Duration)} with 5 s. */
    @Override
    public void close() {
        close(Duration.ofSeconds(5));
    }

    /**
     * Ends the pipe: takes nothing more in, stores what is in the ring, gives the subscriber the time to take what is
     * left as long as it acknowledges, and lets go of files and threads. Blocks at most about {@code deadline},
     * interrupted or not; not for event loops.
     *
     * @param deadline time from now; 0 or less does not wait for the subscriber
     * @return how many records were delivered, kept and lost; a second call returns the same
     */
    public synchronized CloseReport close(Duration deadline) {
        CloseReport before = report;
        if (before != null) {
            return before;
        }
        input.close();
        state.hurry();
        CloseReport result = shutdown().run(deadline);
        report = result;
        runtime.threads().close();
        if (ownsRuntime) {
            runtime.close();
        }
        return result;
    }

    private void shutDown() {
        batches.complete();
        registrations.forEach(Registration::close);
        state.spools().forEach(PipeSpool::close);
        writer.closeStores();
        rings.close();
        // No other pipe may use the directory while a thread still works in it.
        writer.whenPrepared(parts.opener()::close);
    }

    @Override
    public String toString() {
        return "LogPipe[" + store() + ", " + stats() + "]";
    }
}

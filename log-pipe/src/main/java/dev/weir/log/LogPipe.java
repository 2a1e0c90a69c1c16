// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.CloseReport;
import dev.weir.core.DropReason;
import dev.weir.core.HealthContribution;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.core.Spool;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.ThrottledLog;
import dev.weir.log.internal.ring.Ring;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.RecordLimits;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Takes log records in, keeps them safe and gives them out in batches.
 *
 * <p><b>In.</b> {@link #offer} and the adapters encode a record on the calling thread, once, and put it into a ring. They
 * never block (unless built to, and then only threads that may), never throw and never touch the disk. What was accepted
 * survives the death of the process, if the pipe has a directory; a power loss can take what the last fsync interval brought.
 *
 * <p><b>Out.</b> {@link #batches}: with demand, at least once, in order; acknowledged batches are forgotten.
 *
 * <p><b>Bounds.</b> Bytes of the ring and of the store, age, free space of the file system, size of a record. When the ring
 * fills, low severities are refused first: trace and debug above 50 %, info above 80 %, warn above 95 %. Every loss is in
 * the ledger with its reason, and announced by one record when the pressure ends.
 *
 * <p>Thread-safe.
 */
public final class LogPipe implements AutoCloseable {

    /** The scope of the records that the pipe writes about itself. */
    public static final String OWN_SCOPE = "dev.weir.log";

    private static final int WARN = 13;
    /** Fill levels in percent up to which each severity class, trace to fatal, is taken. */
    private static final int[] RESERVE = {50, 50, 80, 95, 100, 100};

    private final TelemetryRuntime runtime;
    private final boolean ownsRuntime;
    private final PipeParts parts;
    private final RecordLimits limits;
    private final Redactor redactor;
    private final long blockNanos;
    private final List<String> mdcKeys;
    private final TelemetryLoop io;
    private final SignalLedger ledger;
    private final ThrottledLog log;
    private final Ring ring;
    private final long[] usable = new long[RESERVE.length];
    private final long wakeAt;
    private final PipeWriter writer;
    private final Batches batches;
    private final DropCounts drops = new DropCounts();
    private final LongAdder entered = new LongAdder();
    private final AtomicLong drained = new AtomicLong();
    private final List<Registration> registrations = new ArrayList<>();
    private final List<PipeSpool> spools = new ArrayList<>();

    @SuppressWarnings("ThreadLocalUsage") // its records belong to one pipe
    private final ThreadLocal<PendingRecord> pending = new ThreadLocal<>();

    private final PendingRecord reentrant;
    private final RecordPool pool;

    private volatile @Nullable Journal journal;
    private volatile @Nullable String blockedBy;
    private final AtomicLong stranded = new AtomicLong();
    private volatile boolean hurried;
    private volatile boolean closed;
    private @Nullable CloseReport report;

    LogPipe(
            TelemetryRuntime runtime,
            boolean ownsRuntime,
            PipeParts parts,
            RecordLimits limits,
            Redactor redactor,
            long blockNanos,
            List<String> mdcKeys) {
        this.runtime = runtime;
        this.ownsRuntime = ownsRuntime;
        this.parts = parts;
        this.limits = limits;
        this.redactor = redactor;
        this.blockNanos = blockNanos;
        this.mdcKeys = List.copyOf(mdcKeys);
        this.io = runtime.threads().io();
        this.ledger = runtime.ledger().of(Signal.LOGS);
        this.log = ThrottledLog.of("weir.log", runtime.ticker());
        this.ring = parts.ring();
        for (int i = 0; i < RESERVE.length; i++) {
            usable[i] = (long) ring.capacity() * RESERVE[i] / 100;
        }
        this.wakeAt = ring.capacity() / 4;
        this.batches = new Batches(io, runtime.ticker());
        this.writer = new PipeWriter(this, parts, batches, drained);
        this.reentrant = new PendingRecord(this, null, Redactor.NONE);
        this.pool = new RecordPool();
    }

    /** A pipe in the directory of the settings. */
    public static LogPipeBuilder builder() {
        return new LogPipeBuilder();
    }

    /** A pipe in {@code directory}. */
    public static LogPipeBuilder builder(Path directory) {
        return new LogPipeBuilder().directory(directory);
    }

    void start() {
        runtime.threads().retain();
        registrations.add(ledger.holds(this::held));
        registrations.add(runtime.health().register(new PipeHealth()));
        registrations.add(io.addDuty(PipeWriter.LINGER, writer));
    }

    // ---- in
    // ------------------------------------------------------------------------------------------------------------

    /** As {@link #offer(Severity, String, CharSequence, Attributes)}, without attributes. */
    public boolean offer(Severity severity, String scope, CharSequence body) {
        return offer(severity, scope, body, Attributes.empty());
    }

    /**
     * Offers a record of now and of the span that is current on this thread.
     *
     * @param scope the name of the logger or library
     * @return false when it was refused; the ledger has the reason
     */
    public boolean offer(Severity severity, String scope, CharSequence body, Attributes attributes) {
        return offerAt(severity, scope, body, attributes) >= 0;
    }

    private long offerAt(Severity severity, String scope, CharSequence body, Attributes attributes) {
        try (PendingRecord record =
                begin(runtime.ticker().epochNanos(), severity.getSeverityNumber(), textOf(severity), scope)) {
            record.currentIds();
            record.body(body);
            if (!attributes.isEmpty()) {
                attributes.forEach((key, value) -> record.attribute(key.getKey(), value));
            }
            return record.offerAt();
        }
    }

    private static String textOf(Severity severity) {
        return severity == Severity.UNDEFINED_SEVERITY_NUMBER ? "" : severity.name();
    }

    /**
     * As {@link #offer(Severity, String, CharSequence, Attributes)}, for work that must know: completes when the record is in
     * the store and, where the pipe has a directory and an fsync interval, on the medium.
     *
     * @return errors with {@link RecordRefusedException} when the record is refused; offers at each subscription
     */
    public Mono<Void> offerMono(Severity severity, String scope, CharSequence body, Attributes attributes) {
        return Mono.create(sink -> {
            long position = offerAt(severity, scope, body, attributes);
            if (position < 0) {
                sink.error(new RecordRefusedException("the record was refused; see the ledger for the reason"));
            } else if (!io.submit(() -> writer.await(position, sink::success))) {
                sink.error(new RecordRefusedException("the pipe is closed"));
            }
        });
    }

    /**
     * Begins a record; for adapters of logging frameworks.
     *
     * @param severity 1…24 as OpenTelemetry numbers them, 0 for none
     */
    public PendingRecord begin(long epochNanos, int severity, String severityText, String scope) {
        PendingRecord record = pending.get();
        if (record == null) {
            record = pool.isVirtualThread() ? pool.take() : keepForThread();
        } else if (record.isInUse()) {
            return reentrant.start(epochNanos, epochNanos, severity, severityText, scope);
        }
        return record.start(epochNanos, epochNanos, severity, severityText, scope);
    }

    private PendingRecord keepForThread() {
        PendingRecord record = newRecord();
        pending.set(record);
        return record;
    }

    private PendingRecord newRecord() {
        return new PendingRecord(this, new RecordEncoder(limits), redactor);
    }

    void giveBack(PendingRecord record) {
        pool.giveBack(record);
    }

    int scopeId(String scope) {
        return parts.scopes().id(scope);
    }

    long put(RecordEncoder encoder, int scope, int severity) {
        if (closed) {
            return refuse(DropReason.CLOSED, severity);
        }
        if (io.inLoop()) {
            return refuse(DropReason.REENTRANT, severity);
        }
        return write(encoder, scope, severity);
    }

    private long write(RecordEncoder encoder, int scope, int severity) {
        int length = encoder.length();
        long limit = usable[ChunkBuilder.severityClass(severity)];
        long position = ring.claim(length, limit);
        if (position < 0) {
            position = noRoom(position, length, limit, severity);
            if (position < 0) {
                return -1;
            }
        }
        ledger.accepted(1);
        entered.increment();
        if (!ring.commit(position, encoder, scope | severity << 16 | 1 << 24)) {
            drained.incrementAndGet();
            lost(DropReason.DISK_FULL, severity);
            return -1;
        }
        if (position - ring.head() > wakeAt) {
            io.wake();
        }
        return position + length;
    }

    private long noRoom(long result, int length, long limit, int severity) {
        io.wake();
        if (result == Ring.TOO_LARGE) {
            return refuse(DropReason.TOO_LARGE, severity);
        }
        if (blockNanos > 0 && !Schedulers.isInNonBlockingThread()) {
            long deadline = System.nanoTime() + blockNanos;
            while (System.nanoTime() - deadline < 0 && !closed) {
                LockSupport.parkNanos(this, 50_000);
                long position = ring.claim(length, limit);
                if (position >= 0) {
                    return position;
                }
            }
        }
        if (blockedBy != null) {
            return refuse(DropReason.DISK_FULL, severity);
        }
        return refuse(result == Ring.RESERVED ? DropReason.SEVERITY_RESERVE : DropReason.QUEUE_FULL, severity);
    }

    long refuse(DropReason reason, int severity) {
        ledger.refused(reason, 1);
        drops.add(reason, ChunkBuilder.severityClass(severity), 1);
        return -1;
    }

    private void lost(DropReason reason, int severity) {
        ledger.dropped(reason, 1);
        drops.add(reason, ChunkBuilder.severityClass(severity), 1);
    }

    // ---- from the writer, on the disk's thread
    // -------------------------------------------------------------------------

    void lost(DropReason reason, long records, long[] bySeverity) {
        ledger.dropped(reason, records);
        for (int i = 0; i < bySeverity.length; i++) {
            drops.add(reason, i, bySeverity[i]);
        }
    }

    void opened(Journal opened) {
        Journal before = journal;
        if (before != null) {
            stranded.addAndGet(before.held());
        }
        if (opened.held() > 0) {
            ledger.recovered(opened.held());
        }
        journal = opened;
    }

    void recovered(long records) {
        ledger.recovered(records);
    }

    void storeBlocked(@Nullable String problem) {
        blockedBy = problem;
    }

    boolean isHurried() {
        return hurried;
    }

    /** Says in the stream itself what is missing from it, once the pressure is over. */
    void announceDrops() {
        if (blockedBy != null || ring.used() > usable[0]) {
            return;
        }
        String message = drops.announcement(runtime.ticker().nanoTime());
        if (message != null) {
            log.warn(message);
            try (PendingRecord record = begin(runtime.ticker().epochNanos(), WARN, "WARN", OWN_SCOPE)) {
                record.body(message);
                record.offerOwn();
            }
        }
    }

    long putOwn(RecordEncoder encoder, int scope, int severity) {
        return closed ? refuse(DropReason.CLOSED, severity) : write(encoder, scope, severity);
    }

    // ---- out
    // -----------------------------------------------------------------------------------------------------------

    /**
     * The records, oldest first, from the first one that no earlier subscriber acknowledged; beginning with what earlier runs
     * left. One subscriber at a time, another one gets an IllegalStateException; a later one continues where the former
     * stopped. Nothing is read without demand. Batches arrive on the disk's thread: do not block it.
     *
     * <p>Never completes before the pipe is closed.
     */
    public Flux<LogBatch> batches(BatchSpec spec) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super LogBatch> actual) {
                batches.subscribe(actual, spec);
            }
        };
    }

    /** As {@link #batches(BatchSpec)} with {@link BatchSpec#DEFAULT}. */
    public Flux<LogBatch> batches() {
        return batches(BatchSpec.DEFAULT);
    }

    /**
     * Durable room for batches of any signal beside the records of this pipe; closed with it.
     *
     * @param name letters, digits, {@code -} and {@code _}; the same name finds the same batches after a restart
     */
    public Spool spool(String name) {
        PipeSpool spool = PipeSpool.open(name, parts, runtime);
        synchronized (spools) {
            spools.add(spool);
        }
        return spool;
    }

    // ---- about
    // ---------------------------------------------------------------------------------------------------------

    /** The store in use and why it is that one. */
    public StoreChoice store() {
        return parts.opener().choice();
    }

    /** Keys of the MDC that adapters turn into attributes; {@code *} is all. */
    public List<String> mdcKeys() {
        return mdcKeys;
    }

    /** Records inside: in the ring, in the store, handed out and not answered. */
    public long held() {
        Journal at = journal;
        return Math.max(0, entered.sum() - drained.get()) + (at == null ? 0 : at.held()) + stranded.get();
    }

    /** How the pipe is filled now. */
    public PipeStats stats() {
        Journal at = journal;
        return new PipeStats(
                held(),
                ring.used(),
                ring.capacity(),
                at == null ? 0 : at.bytes(),
                at == null ? 0 : at.damaged(),
                drops.total());
    }

    /** Records lost for {@code reason} with a severity of the class of {@code severity} (trace, debug, … fatal). */
    public long dropped(DropReason reason, Severity severity) {
        return drops.get(reason, ChunkBuilder.severityClass(severity.getSeverityNumber()));
    }

    // ---- end
    // -----------------------------------------------------------------------------------------------------------

    /** Completes when everything accepted so far is in the store and on the medium, and was offered to the subscriber. */
    public Mono<Void> flush() {
        return Mono.create(sink -> {
            long position = ring.tail();
            boolean taken = io.submit(() -> {
                hurried = true;
                writer.await(position, () -> {
                    hurried = closed;
                    sink.success();
                });
            });
            if (!taken) {
                sink.success();
            }
        });
    }

    /** As {@link #close(Duration)} with 5 s. */
    @Override
    public void close() {
        close(Duration.ofSeconds(5));
    }

    /**
     * Ends the pipe: takes nothing more in, stores what is in the ring, gives the subscriber the time to take what is left as
     * long as it acknowledges, and lets go of files and threads. Blocks at most {@code deadline}; not for event loops.
     *
     * @return what became of the records; the same again when called twice
     */
    public synchronized CloseReport close(Duration deadline) {
        CloseReport before = report;
        if (before != null) {
            return before;
        }
        closed = true;
        long heldBefore = held();
        long until = System.nanoTime() + deadline.toNanos();
        hurried = true;
        CountDownLatch stored = new CountDownLatch(1);
        if (io.inLoop()) {
            writer.finish();
        } else if (io.submit(() -> {
            writer.finish();
            stored.countDown();
        })) {
            await(stored, until);
            awaitSubscriber(until);
        }
        CountDownLatch done = new CountDownLatch(1);
        if (io.inLoop()) {
            shutDown(done);
        } else if (io.submit(() -> shutDown(done))) {
            await(done, System.nanoTime() + Math.max(deadline.toNanos() / 4, TimeUnit.MILLISECONDS.toNanos(500)));
        }
        long left = held();
        boolean durable = parts.opener().choice().kind() != StoreKind.MEMORY;
        CloseReport result = new CloseReport(Math.max(0, heldBefore - left), durable ? left : 0, durable ? 0 : left);
        if (!durable && left > 0) {
            ledger.dropped(DropReason.SHUTDOWN, left);
            registrations.get(0).close();
        }
        report = result;
        runtime.threads().close();
        if (ownsRuntime) {
            runtime.close();
        }
        return result;
    }

    private void shutDown(CountDownLatch done) {
        try {
            batches.complete();
            for (int i = 1; i < registrations.size(); i++) {
                registrations.get(i).close();
            }
            synchronized (spools) {
                spools.forEach(PipeSpool::close);
            }
            writer.closeJournal();
            if (parts.ringFile() != null && ring.used() == 0) {
                parts.ringFile().delete();
            }
            if (parts.directory() != null) {
                parts.directory().close();
            }
        } finally {
            done.countDown();
        }
    }

    private void awaitSubscriber(long until) {
        long nacks = batches.nacks();
        while (held() > 0 && batches.hasSubscriber() && batches.nacks() == nacks && System.nanoTime() - until < 0) {
            io.wake();
            LockSupport.parkNanos(this, 1_000_000);
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
        }
    }

    private static void await(CountDownLatch latch, long until) {
        try {
            latch.await(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "LogPipe[" + store() + ", " + stats() + "]";
    }

    /** Records for virtual threads, which are too many to have one each. */
    private final class RecordPool {

        private static final int SIZE = 64;

        private final java.util.concurrent.atomic.AtomicReferenceArray<@Nullable PendingRecord> free =
                new java.util.concurrent.atomic.AtomicReferenceArray<>(SIZE);

        boolean isVirtualThread() {
            return VirtualThreads.isVirtual(Thread.currentThread());
        }

        PendingRecord take() {
            int slot = slot();
            PendingRecord record = free.getAndSet(slot, null);
            if (record == null) {
                record = newRecord();
            }
            record.poolSlot = slot + 1;
            pending.set(record);
            return record;
        }

        void giveBack(PendingRecord record) {
            int slot = record.poolSlot;
            if (slot > 0) {
                record.poolSlot = 0;
                pending.remove();
                free.set(slot - 1, record);
            }
        }

        private int slot() {
            return Thread.currentThread().hashCode() >>> 4 & SIZE - 1;
        }
    }

    private final class PipeHealth implements HealthContribution {

        @Override
        public String name() {
            return "log-pipe";
        }

        @Override
        public Status status() {
            if (blockedBy != null) {
                return Status.DEGRADED;
            }
            StoreChoice choice = store();
            return choice.kind() == StoreKind.MEMORY && parts.directory() != null ? Status.DEGRADED : Status.UP;
        }

        @Override
        public String detail() {
            String problem = blockedBy;
            return problem != null ? problem : status() == Status.UP ? "" : store().reason();
        }
    }
}

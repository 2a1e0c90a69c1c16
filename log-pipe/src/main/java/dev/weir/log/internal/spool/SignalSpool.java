// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.spool;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.log.internal.disk.PipeDirectory;
import dev.weir.log.internal.disk.RetryPause;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.FileStore;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.LossListener;
import dev.weir.log.internal.store.MemoryStore;
import dev.weir.log.internal.store.RecordRange;
import dev.weir.log.internal.store.SettlementQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The part of a {@link PipeSpool} for one signal. In memory while there is no directory for it; what is there then
 * moves into a file as soon as that is possible. The disk's thread, except {@link #records}, {@link #bytes} and
 * {@link #isDurable}.
 */
public final class SignalSpool {

    private static final byte[] NO_RESOURCE = new byte[0];

    private final Signal signal;
    private final String name;
    private final SpoolPlace where;
    private final Ticker ticker;
    private final TelemetryLoop io;
    private final ThrottledLog log;
    private final LossListener losses;
    private final SettlementQueue<SpooledBatch> out =
            new SettlementQueue<>(batch -> batch.from, batch -> List.of(batch.range));
    private volatile @Nullable Journal journal;
    /** In memory, until all that was handed out of it is answered. */
    private volatile @Nullable Journal former;

    private @Nullable Path place;
    private final RetryPause pause = new RetryPause();

    /** @param name of the spool */
    public SignalSpool(Signal signal, String name, SpoolPlace where, TelemetryRuntime runtime) {
        this.signal = signal;
        this.name = name;
        this.where = where;
        this.ticker = runtime.ticker();
        this.io = runtime.threads().io();
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
        SignalLedger ledger = runtime.ledger().of(signal);
        this.losses = (reason, records, bySeverity) -> ledger.dropped(reason, records);
    }

    public Journal journal() {
        assert io.inLoop();
        Journal open = journal;
        if (open == null) {
            open = open();
            journal = open;
        }
        return open;
    }

    private Journal open() {
        Journal inFile = openFile();
        if (inFile != null) {
            where.leftovers().takeSpools(name, signal, inFile, losses);
            return inFile;
        }
        try {
            return Journal.open(new MemoryStore(), null, where.inMemory(), ticker, losses);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Null when it cannot be had now. */
    private @Nullable Journal openFile() {
        PipeDirectory home = where.home().get();
        if (home == null) {
            return null;
        }
        Path path = home.file("spool").resolve(name).resolve(signal.label());
        try {
            Journal inFile = Journal.open(new FileStore(path), path.resolve("cursor"), where.onDisk(), ticker, losses);
            place = path;
            return inFile;
        } catch (IOException e) {
            pause.failed(ticker.nanoTime());
            log.warn("the spool for " + signal.label() + " is kept in memory for now: " + path + " cannot be used", e);
            return null;
        }
    }

    /** Goes to a file as soon as there can be one. */
    private void tend() {
        Journal open = journal;
        if (open != null && !open.store().isDurable() && former == null && pause.isOver(ticker.nanoTime())) {
            Journal inFile = where.inFiles() ? openFile() : null;
            if (inFile != null) {
                former = open;
                journal = inFile;
                move(open, inFile);
            }
        }
        Journal before = former;
        if (before != null && before.held() == 0) {
            before.close();
            former = null;
        }
    }

    private void move(Journal from, Journal to) {
        ByteBuffer entry;
        while ((entry = from.peek()) != null) {
            int records = Entry.records(entry);
            byte[] resource = from.peekedResource();
            if (!to.append(entry, Entry.REQUEST, signal.ordinal(), records, from.peekedRunId(), resource, 0)) {
                return;
            }
            RecordRange taken = from.take();
            from.moved(taken);
            from.forgetUntil(taken.to());
        }
    }

    public boolean offer(int records, ByteBuffer body) {
        assert io.inLoop();
        if (body.remaining() > Entry.MAX_BYTES - Entry.HEADER || records < 1) {
            return false;
        }
        ByteBuffer entry = ByteBuffer.allocate(Entry.HEADER + body.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        entry.put(Entry.HEADER, body, body.position(), body.remaining());
        return journal().append(entry, Entry.REQUEST, signal.ordinal(), records, where.runId(), NO_RESOURCE, 0);
    }

    @Nullable
    public EncodedBatch poll() {
        assert io.inLoop();
        SpooledBatch returned = out.first(SpooledBatch::isNacked);
        if (returned != null) {
            SpooledBatch again = new SpooledBatch(returned.records, returned.body, returned.from, returned.range);
            out.replace(returned, again);
            return again;
        }
        Journal from = former;
        ByteBuffer entry = from == null ? null : from.peek();
        if (from == null || entry == null) {
            from = journal();
            entry = from.peek();
        }
        if (entry == null) {
            return null;
        }
        ByteBuffer body = ByteBuffer.allocate(Entry.payloadLength(entry));
        body.put(0, entry, Entry.HEADER, body.capacity());
        SpooledBatch batch = new SpooledBatch(Entry.records(entry), body, from, from.take());
        out.add(batch);
        return batch;
    }

    private void settle() {
        assert io.inLoop();
        out.settle(SpooledBatch::isAcked, batch -> {});
    }

    public long records() {
        Journal at = journal;
        Journal before = former;
        return (at == null ? 0 : at.held()) + (before == null ? 0 : before.held());
    }

    public long bytes() {
        Journal at = journal;
        Journal before = former;
        return (at == null ? 0 : at.bytes()) + (before == null ? 0 : before.bytes());
    }

    /** Any thread. */
    public boolean isDurable() {
        Journal at = journal;
        return at == null ? where.home().get() != null : at.store().isDurable();
    }

    /** Gives up what is too old, and goes to a file if that is possible now; to be called each second. */
    public void expire() {
        assert io.inLoop();
        tend();
        Journal open = journal;
        if (open != null) {
            open.expire();
        }
    }

    public boolean needsCare() {
        assert io.inLoop();
        Journal open = journal;
        return open != null
                && (open.isDirty()
                        || former != null
                        || where.inFiles() && !open.store().isDurable());
    }

    public void force() {
        assert io.inLoop();
        Journal open = journal;
        if (open != null && open.isDirty() && !open.force()) {
            log.warn("fsync of the spool for " + signal.label() + " failed: " + open.problem());
        }
    }

    public void close() {
        assert io.inLoop();
        Journal open = journal;
        Journal before = former;
        if (open != null && before != null) {
            moveWhatWasHandedOut(before, open);
        }
        if (open != null) {
            if (place != null && !Files.isDirectory(place)) {
                open.abandon();
            }
            open.force();
            open.close();
        }
    }

    /** Batches in memory without an answer go to the file as well; a batch that the file refuses is lost. */
    private void moveWhatWasHandedOut(Journal from, Journal to) {
        move(from, to);
        for (SpooledBatch batch : out.all()) {
            if (batch.from != from) {
                continue;
            }
            if (batch.isAcked()) {
                settle();
            } else if (offer(batch.records, batch.body)) {
                from.moved(batch.range);
            }
        }
        long lost = from.held();
        if (lost > 0) {
            losses.lost(DropReason.SHUTDOWN, lost, new long[0]);
            from.forget(lost);
        }
        from.close();
        former = null;
    }

    private final class SpooledBatch implements EncodedBatch {

        static final int OPEN = 0;
        static final int ACKED = 1;
        static final int NACKED = 2;

        final int records;
        final ByteBuffer body;
        final Journal from;
        final RecordRange range;
        final AtomicInteger answer = new AtomicInteger();

        SpooledBatch(int records, ByteBuffer body, Journal from, RecordRange range) {
            this.records = records;
            this.body = body;
            this.from = from;
            this.range = range;
        }

        @Override
        public Signal signal() {
            return signal;
        }

        @Override
        public int records() {
            return records;
        }

        @Override
        public int bytes() {
            return body.capacity();
        }

        @Override
        public List<ByteBuffer> body() {
            return List.of(body.asReadOnlyBuffer().clear());
        }

        @Override
        public void ack() {
            if (answer.compareAndSet(OPEN, ACKED)) {
                if (io.inLoop()) {
                    settle();
                } else {
                    io.execute(SignalSpool.this::settle);
                }
            }
        }

        @Override
        public void nack() {
            answer.compareAndSet(OPEN, NACKED);
        }

        boolean isAcked() {
            return answer.get() == ACKED;
        }

        boolean isNacked() {
            return answer.get() == NACKED;
        }
    }
}

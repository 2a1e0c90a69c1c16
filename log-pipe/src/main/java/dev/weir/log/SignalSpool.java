// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.EncodedBatch;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Extent;
import dev.weir.log.internal.store.FileStore;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.Losses;
import dev.weir.log.internal.store.Mark;
import dev.weir.log.internal.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The part of a {@link PipeSpool} for one signal. The disk's thread, except {@link #records}, {@link #bytes} and {@link #isDurable}. */
final class SignalSpool {

    private static final byte[] NO_RESOURCE = new byte[0];

    private final Signal signal;
    private final @Nullable Path path;
    private final PipeParts parts;
    private final Ticker ticker;
    private final TelemetryLoop io;
    private final ThrottledLog log;
    private final Losses losses;
    private final ArrayDeque<SpooledBatch> out = new ArrayDeque<>();
    private volatile @Nullable Journal journal;

    SignalSpool(Signal signal, @Nullable Path path, PipeParts parts, TelemetryRuntime runtime) {
        this.signal = signal;
        this.path = path;
        this.parts = parts;
        this.ticker = runtime.ticker();
        this.io = runtime.threads().io();
        this.log = ThrottledLog.of("weir.log", ticker);
        SignalLedger ledger = runtime.ledger().of(signal);
        this.losses = (reason, records, bySeverity) -> ledger.dropped(reason, records);
    }

    Journal journal() {
        Journal open = journal;
        if (open == null) {
            open = open();
            journal = open;
        }
        return open;
    }

    private Journal open() {
        JournalLimits limits = parts.opener().spoolLimits();
        if (path != null) {
            try {
                return Journal.open(new FileStore(path), path.resolve("cursor"), limits, ticker, losses);
            } catch (IOException e) {
                log.warn("the spool for " + signal.label() + " is kept in memory: " + path + " cannot be used", e);
            }
        }
        try {
            return Journal.open(new MemoryStore(), null, parts.opener().memorySpoolLimits(), ticker, losses);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    boolean offer(int records, ByteBuffer body) {
        if (body.remaining() > Entry.MAX_BYTES - Entry.HEADER || records < 1) {
            return false;
        }
        ByteBuffer entry = ByteBuffer.allocate(Entry.HEADER + body.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        entry.put(Entry.HEADER, body, body.position(), body.remaining());
        return journal().append(entry, Entry.REQUEST, signal.ordinal(), records, parts.runId(), NO_RESOURCE, 0);
    }

    @Nullable
    EncodedBatch poll() {
        for (SpooledBatch batch : out) {
            if (batch.answer.compareAndSet(SpooledBatch.NACKED, SpooledBatch.REPLACED)) {
                return replace(batch);
            }
        }
        Journal from = journal();
        ByteBuffer entry = from.peek();
        if (entry == null) {
            return null;
        }
        ByteBuffer body = ByteBuffer.allocate(Entry.payloadLength(entry));
        body.put(0, entry, Entry.HEADER, body.capacity());
        SpooledBatch batch = new SpooledBatch(Entry.records(entry), body, from.take());
        out.addLast(batch);
        return batch;
    }

    private SpooledBatch replace(SpooledBatch returned) {
        SpooledBatch again = new SpooledBatch(returned.records, returned.body, returned.extent);
        int size = out.size();
        for (int i = 0; i < size; i++) {
            SpooledBatch batch = out.removeFirst();
            out.addLast(batch == returned ? again : batch);
        }
        return again;
    }

    private void settle(SpooledBatch settled) {
        Journal in = journal();
        in.settled(List.of(settled.extent));
        settled.counted = true;
        Mark until = null;
        for (SpooledBatch first = out.peekFirst(); first != null && first.counted; first = out.peekFirst()) {
            until = first.extent.to();
            out.pollFirst();
        }
        if (until != null) {
            in.forgetUntil(until);
        }
    }

    long records() {
        Journal at = journal;
        return at == null ? 0 : at.held();
    }

    long bytes() {
        Journal at = journal;
        return at == null ? 0 : at.bytes();
    }

    /** Any thread. */
    boolean isDurable() {
        Journal at = journal;
        return at == null ? path != null : at.store() instanceof FileStore;
    }

    /** Gives up what is too old; to be called each second. */
    void expire() {
        Journal open = journal;
        if (open != null) {
            open.expire();
        }
    }

    void force() {
        Journal open = journal;
        if (open != null && open.isDirty() && !open.force()) {
            log.warn("fsync of the spool for " + signal.label() + " failed: " + open.problem());
        }
    }

    void close() {
        Journal open = journal;
        if (open != null) {
            open.force();
            open.close();
        }
    }

    private final class SpooledBatch implements EncodedBatch {

        static final int OPEN = 0;
        static final int ACKED = 1;
        static final int NACKED = 2;
        static final int REPLACED = 3;

        final int records;
        final ByteBuffer body;
        final Extent extent;
        final AtomicInteger answer = new AtomicInteger();
        boolean counted;

        SpooledBatch(int records, ByteBuffer body, Extent extent) {
            this.records = records;
            this.body = body;
            this.extent = extent;
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
                    settle(this);
                } else {
                    io.execute(() -> settle(this));
                }
            }
        }

        @Override
        public void nack() {
            answer.compareAndSet(OPEN, NACKED);
        }
    }
}

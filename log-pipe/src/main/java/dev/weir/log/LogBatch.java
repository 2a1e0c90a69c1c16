// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.EncodedBatch;
import dev.weir.core.Signal;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.Mark;
import dev.weir.log.internal.wire.RecordEncoder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Log records on their way out, as the body of one OTLP {@code ExportLogsServiceRequest} of one resource. Thread-safe.
 *
 * <p>Exactly one of {@link #ack} and {@link #nack} must follow; until then the pipe holds the records.
 */
public final class LogBatch implements EncodedBatch {

    private static final int OPEN = 0;
    private static final int ACKED = 1;
    private static final int NACKED = 2;

    private final Batches source;
    /** Where it was read from. */
    final Journal journal;

    private final byte[] prefix;
    final ByteBuffer payload;
    private final int records;
    final Mark end;
    private final AtomicInteger answer = new AtomicInteger();
    /** The disk's thread: whether the acknowledgement is in the account. */
    private boolean counted;

    LogBatch(Batches source, Journal journal, byte[] prefix, ByteBuffer payload, int records, Mark end) {
        this.source = source;
        this.journal = journal;
        this.prefix = prefix;
        this.payload = payload;
        this.records = records;
        this.end = end;
    }

    /** The same records, to be answered anew. */
    LogBatch again() {
        return new LogBatch(source, journal, prefix, payload, records, end);
    }

    /** {@code resource_logs} of the request up to its first {@code scope_logs}. */
    static byte[] prefix(byte[] resource, int scopeLogsBytes) {
        int resourceField = 1 + RecordEncoder.varintSize(resource.length) + resource.length;
        int inner = resourceField + scopeLogsBytes;
        ByteBuffer prefix = ByteBuffer.allocate(1 + RecordEncoder.varintSize(inner) + resourceField);
        prefix.put((byte) 0x0a);
        ChunkBuilder.putVarint(prefix, inner);
        prefix.put((byte) 0x0a);
        ChunkBuilder.putVarint(prefix, resource.length);
        prefix.put(resource);
        return prefix.array();
    }

    @Override
    public Signal signal() {
        return Signal.LOGS;
    }

    @Override
    public int records() {
        return records;
    }

    @Override
    public int bytes() {
        return prefix.length + payload.remaining();
    }

    @Override
    public List<ByteBuffer> body() {
        return List.of(ByteBuffer.wrap(prefix).asReadOnlyBuffer(), payload.asReadOnlyBuffer());
    }

    @Override
    public void ack() {
        if (answer.compareAndSet(OPEN, ACKED)) {
            source.answered();
        }
    }

    @Override
    public void nack() {
        if (answer.compareAndSet(OPEN, NACKED)) {
            source.answered();
        }
    }

    boolean isAcked() {
        return answer.get() == ACKED;
    }

    boolean isCounted() {
        return counted;
    }

    void count() {
        counted = true;
    }

    boolean isNacked() {
        return answer.get() == NACKED;
    }

    @Override
    public String toString() {
        return "LogBatch[" + records + " records, " + bytes() + " bytes]";
    }
}

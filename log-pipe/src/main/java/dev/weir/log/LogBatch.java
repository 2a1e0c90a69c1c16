// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Signal;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.RecordPosition;
import dev.weir.log.internal.store.RecordRange;
import dev.weir.log.internal.wire.ScopeLogsCursor;
import dev.weir.log.internal.wire.Varint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Log records on their way out, as the body of one OTLP {@code ExportLogsServiceRequest} of one resource. Thread-safe.
 *
 * <p>Exactly one of {@link #ack}, {@link #nack} and {@link #split} must follow; until then the pipe holds the records.
 *
 * @since 0.1
 */
public final class LogBatch implements EncodedBatch {

    private static final int OPEN = 0;
    private static final int ACKED = 1;
    private static final int NACKED = 2;
    private static final int SPLIT = 3;

    /** Is run after each answer. */
    private final Runnable answered;

    /** Where it was read from. */
    final Journal journal;

    private final byte[] resource;
    private final byte[] prefix;
    final ByteBuffer payload;
    /** What it holds of the journal's entries, in order; no record lies between two of them. */
    private final List<RecordRange> ranges;

    private final int records;
    private final AtomicInteger answer = new AtomicInteger();
    private List<LogBatch> parts = List.of();
    /** The disk's thread: whether its subscriber went away without an answer. */
    private boolean takenBack;
    /** The disk's thread: whether a subscriber that went away may still read the payload. */
    private boolean shared;

    LogBatch(Runnable answered, Journal journal, byte[] resource, ByteBuffer payload, List<RecordRange> ranges) {
        this.answered = answered;
        this.journal = journal;
        this.resource = resource;
        this.prefix = prefix(resource, payload.remaining());
        this.payload = payload;
        this.ranges = ranges;
        int sum = 0;
        for (int i = 0; i < ranges.size(); i++) {
            sum += ranges.get(i).records();
        }
        this.records = sum;
    }

    /** The same records, to be answered anew. */
    LogBatch again() {
        LogBatch again = new LogBatch(answered, journal, resource, payload, ranges);
        again.shared = isShared();
        return again;
    }

    /** Its subscriber went away: as if it had given the batch back, if it had not answered. */
    void takeBack() {
        takenBack |= answer.compareAndSet(OPEN, NACKED);
    }

    boolean wasTakenBack() {
        return takenBack;
    }

    boolean isShared() {
        return shared || takenBack;
    }

    /** {@code resource_logs} of the request up to its first {@code scope_logs}. */
    static byte[] prefix(byte[] resource, int scopeLogsBytes) {
        int resourceField = 1 + Varint.size(resource.length) + resource.length;
        int inner = resourceField + scopeLogsBytes;
        ByteBuffer prefix = ByteBuffer.allocate(1 + Varint.size(inner) + resourceField);
        prefix.put((byte) 0x0a);
        Varint.put(prefix, inner);
        prefix.put((byte) 0x0a);
        Varint.put(prefix, resource.length);
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
            answered.run();
        }
    }

    @Override
    public void nack() {
        if (answer.compareAndSet(OPEN, NACKED)) {
            answered.run();
        }
    }

    /** At the record that is nearest behind the middle of its bytes. */
    @Override
    public synchronized List<EncodedBatch> split() {
        if (records < 2 || answer.get() != OPEN) {
            return List.of();
        }
        ScopeLogsCursor cut = new ScopeLogsCursor(payload, 0, payload.limit());
        while (cut.next() && (cut.index() == 0 || cut.position() < payload.limit() / 2) && cut.index() < records - 1) {
            // Goes on to the middle, at most to the last record.
        }
        List<RecordRange> before = new ArrayList<>();
        List<RecordRange> behind = new ArrayList<>();
        cutRanges(cut.index(), before, behind);
        List<LogBatch> two = List.of(
                new LogBatch(answered, journal, resource, cut.before(), before),
                new LogBatch(answered, journal, resource, cut.behind(), behind));
        parts = two;
        if (!answer.compareAndSet(OPEN, SPLIT)) {
            return List.of();
        }
        answered.run();
        return List.copyOf(two);
    }

    private void cutRanges(int at, List<RecordRange> before, List<RecordRange> behind) {
        int left = at;
        for (RecordRange range : ranges) {
            if (left >= range.records()) {
                before.add(range);
                left -= range.records();
            } else if (left > 0) {
                RecordPosition middle = range.from().inside(left);
                before.add(new RecordRange(range.from(), middle));
                behind.add(new RecordRange(middle, range.to()));
                left = 0;
            } else {
                behind.add(range);
            }
        }
    }

    List<RecordRange> ranges() {
        return ranges;
    }

    boolean isAcked() {
        return answer.get() == ACKED;
    }

    boolean isNacked() {
        return answer.get() == NACKED;
    }

    /** What it was cut into. */
    List<LogBatch> parts() {
        return answer.get() == SPLIT ? parts : List.of();
    }

    @Override
    public String toString() {
        return "LogBatch[" + records + " records, " + bytes() + " bytes]";
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.ring.Producer;
import dev.weir.log.internal.wire.RecordEncoder;
import java.lang.ref.WeakReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a record gets into the ring: is begun, offered and closed, and counted once whatever fails on its way. One thread
 * at a time uses it again and again; allocates nothing once its encoder has grown to the size of the records.
 */
final class RingRecord extends EncodingRecord {

    private final RecordEncoder encoder;
    private final Producer producer;

    /** For a thread that has it for a while. */
    final WeakReference<RingRecord> self = new WeakReference<>(this);

    /** Where it goes; only while it is in use, because a thread keeps its record longer than a pipe lives. */
    @Nullable
    RingInput input;

    private int severity;
    private int scopeId;
    /**
     * The scope without a version whose number {@link #scopeId} is: most records of a thread come in runs of one
     * logger.
     */
    private @Nullable String lastScope;

    /** Gets it back when it is closed; null when it belongs to its thread. */
    private @Nullable Consumer<RingRecord> pool;

    private int poolSlot;

    RingRecord(RecordEncoder encoder, Redactor redactor, Producer producer) {
        super(encoder, redactor);
        this.encoder = encoder;
        this.producer = producer;
        producer.usedBy(this);
    }

    /** From now on it goes back to {@code pool} when it is closed. */
    void lend(Consumer<RingRecord> pool, int slot) {
        this.pool = pool;
        this.poolSlot = slot;
    }

    /**
     * From now on it belongs to no thread.
     *
     * @return its place in the pool
     */
    int takeBack() {
        pool = null;
        return poolSlot;
    }

    /** It goes back to no pool. */
    void retire() {
        producer.retire();
    }

    boolean isInUse() {
        return input != null;
    }

    @Override
    PendingRecord useFor(RingInput to) {
        producer.begin();
        input = to;
        return this;
    }

    @Override
    PendingRecord start(
            long epochNanos,
            long observedNanos,
            int severity,
            @Nullable String severityText,
            @Nullable String scope,
            @Nullable String version) {
        RingInput to = input;
        if (to == null) {
            return this;
        }
        this.severity = known(severity);
        String name = scope == null ? "" : scope;
        try {
            encode(epochNanos, observedNanos, this.severity, severityText == null ? "" : severityText, name);
            scope(to, name, version == null ? "" : version);
        } catch (Throwable outOfMemory) {
            failed = true;
        }
        return this;
    }

    private void scope(RingInput to, String name, String version) {
        if (name != lastScope || !version.isEmpty()) {
            lastScope = null;
            scopeId = to.scopeId(name, version);
            lastScope = version.isEmpty() ? name : null;
        }
        if (scopeId == 0 && !name.isEmpty()) {
            encoder.attribute("logger.name", name);
        }
    }

    @Override
    long offerAt() {
        RingInput to = input;
        if (to == null) {
            return -1;
        }
        try {
            input = null;
            return finish()
                    ? to.put(producer, encoder, scopeId, severity)
                    : to.refuse(producer, failed ? DropReason.ENCODING_FAILED : DropReason.TOO_LARGE, severity);
        } catch (Throwable cause) {
            return to.died(producer, encoder, severity, cause);
        }
    }

    @Override
    boolean tryOffer() {
        RingInput to = input;
        if (to == null || !finish()) {
            offerAt();
            return true;
        }
        input = null;
        try {
            return to.tryPut(producer, encoder, scopeId, severity);
        } catch (Throwable cause) {
            to.died(producer, encoder, severity, cause);
            return true;
        }
    }

    @Override
    void offerOwn() {
        RingInput to = input;
        if (to == null) {
            return;
        }
        input = null;
        try {
            if (finish()) {
                to.putOwn(producer, encoder, scopeId, severity);
            }
        } catch (Throwable cause) {
            to.died(producer, encoder, severity, cause);
        }
    }

    @Override
    long died(RingInput to, boolean begun, Throwable cause) {
        long end = to.died(producer, encoder, severity, cause);
        close();
        return end;
    }

    @Override
    public void close() {
        RingInput unoffered = input;
        input = null;
        if (unoffered != null) {
            unoffered.refuse(producer, DropReason.ENCODING_FAILED, severity);
        }
        producer.end();
        if (pool != null) {
            pool.accept(this);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.log.internal.pipe.RingInput;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import org.jspecify.annotations.Nullable;

/**
 * Refuses each record for one reason and counts it when it begins; reads nothing of what it is given. Immutable: any
 * number of threads at a time.
 */
final class RefusingRecord extends PendingRecord {

    private final RingInput input;
    private final DropReason reason;

    RefusingRecord(RingInput input, DropReason reason) {
        this.input = input;
        this.reason = reason;
    }

    @Override
    PendingRecord useFor(RingInput to) {
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
        input.refuse(reason, known(severity));
        return this;
    }

    @Override
    long died(RingInput to, boolean begun, Throwable cause) {
        return begun ? -1 : to.refuse(reason, 0);
    }

    @Override
    public void ids(long traceIdHigh, long traceIdLow, long spanId, int flags) {}

    @Override
    public void body(@Nullable CharSequence text) {}

    @Override
    public void body(@Nullable Value<?> value) {}

    @Override
    public void eventName(@Nullable CharSequence name) {}

    @Override
    public void attribute(@Nullable String key, @Nullable CharSequence value) {}

    @Override
    public void attribute(@Nullable String key, long value) {}

    @Override
    public void attribute(@Nullable String key, double value) {}

    @Override
    public void attribute(@Nullable String key, boolean value) {}

    @Override
    public void attribute(@Nullable String key, @Nullable Object value) {}

    @Override
    public void attribute(@Nullable AttributeKey<?> key, @Nullable Object value) {}

    @Override
    public void attributes(@Nullable Attributes attributes) {}

    @Override
    public void attributeIfAbsent(@Nullable String key, @Nullable Object value) {}

    @Override
    public void threadName(@Nullable String name) {}

    @Override
    public void droppedAttributes(int more) {}

    @Override
    public void exception(@Nullable Throwable thrown) {}

    @Override
    public void stackTrace(@Nullable CharSequence text) {}

    @Override
    public void fail() {}

    @Override
    long offerAt() {
        return -1;
    }

    @Override
    boolean tryOffer() {
        return true;
    }

    @Override
    void offerOwn() {}

    @Override
    public void close() {}
}

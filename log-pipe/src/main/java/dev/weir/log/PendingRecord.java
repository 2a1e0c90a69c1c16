// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.core.internal.CurrentSpan;
import dev.weir.core.internal.HexIds;
import dev.weir.log.internal.pipe.RingInput;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import org.jspecify.annotations.Nullable;

/**
 * One log record on its way into the input. For adapters of logging frameworks; one thread, and always closed:
 *
 * <pre>{@code
 * try (PendingRecord record = pipe.begin(epochNanos, 9, "INFO", "my.logger")) {
 *     record.currentIds();
 *     record.body("hello");
 *     record.offer();
 * }
 * }</pre>
 *
 * <p>No method throws, whatever it is given: texts, values, exceptions and attributes are code of the application. What
 * cannot be read is replaced, left out and counted in {@code dropped_attributes_count}, or costs the record
 * ({@link DropReason#ENCODING_FAILED}). So does a close without an offer. An attribute whose key is null or empty is
 * left out and counted.
 *
 * <p>Each key is in the record once. An attribute of the record itself ({@code attribute}, {@link #attributes}) wins
 * over what comes from around it ({@link #attributeIfAbsent}, {@link #threadName}: the MDC, the name of the thread) and
 * over what is made of an exception, in whichever order they come. Of several attributes of the record itself the last
 * one wins, of the others the first one.
 *
 * <p>Each thread has one at a time: beginning another before the first was offered or closed gives one that refuses
 * ({@link DropReason#REENTRANT}).
 *
 * <p>Only the pipe makes records. No class outside of the pipe can extend this one.
 *
 * @since 0.1
 */
public abstract sealed class PendingRecord implements AutoCloseable permits EncodingRecord, RefusingRecord {

    private static final int MAX_SEVERITY = 24;

    PendingRecord() {}

    /** From now on it is in use, until it is closed. */
    abstract PendingRecord useFor(RingInput input);

    /** Begins the record. */
    abstract PendingRecord start(
            long epochNanos,
            long observedNanos,
            int severity,
            @Nullable String severityText,
            @Nullable String scope,
            @Nullable String version);

    /** {@code severity}, or 0 when OpenTelemetry has no such number. */
    static int known(int severity) {
        return severity < 0 || severity > MAX_SEVERITY ? 0 : severity;
    }

    /**
     * Something of the pipe threw {@code cause} since this was made ready for {@code to}: the record is counted, and
     * the next one can begin.
     *
     * @param begun whether {@link #start} had returned
     * @return as {@link #offerAt}
     */
    abstract long died(RingInput to, boolean begun, Throwable cause);

    /**
     * Sets the ids of the span that is current on this thread; nothing when there is none.
     *
     * @return whether there is a span with valid ids
     */
    public final boolean currentIds() {
        try {
            CurrentSpan span = CurrentSpan.get();
            if (span.isValid()) {
                ids(span.traceIdHigh(), span.traceIdLow(), span.spanId(), span.flags());
                return true;
            }
        } catch (Throwable foreignStorage) {
            // Without ids the record is still worth having.
        }
        return false;
    }

    /**
     * Sets the ids of a span as numbers. An id of 0 is left out. Call once.
     *
     * @param traceIdHigh the first 8 of the 16 bytes of the trace id
     * @param traceIdLow the last 8 bytes of the trace id
     * @param spanId the 8 bytes of the span id
     * @param flags the trace flags, 0…255; 1 is sampled
     */
    public abstract void ids(long traceIdHigh, long traceIdLow, long spanId, int flags);

    /**
     * Sets the ids of a span as hex digits, for example from an MDC. Call once.
     *
     * @param traceId 32 hex digits in lower case, not all 0; with null or any other text no id is set
     * @param spanId 16 hex digits in lower case; any other text, or null, is left out
     * @param flags the trace flags, 0…255; 1 is sampled
     */
    public final void hexIds(@Nullable CharSequence traceId, @Nullable CharSequence spanId, int flags) {
        try {
            if (traceId != null && HexIds.isHex(traceId, 32)) {
                long high = HexIds.parse(traceId, 0);
                long low = HexIds.parse(traceId, 16);
                if ((high | low) != 0) {
                    long span = spanId != null && HexIds.isHex(spanId, 16) ? HexIds.parse(spanId, 0) : 0;
                    ids(high, low, span, flags);
                }
            }
        } catch (Throwable userCode) {
            // A text that fails is no id.
        }
    }

    /**
     * Sets the body as a text. Call one method {@code body} once. A text that throws while it is read is replaced by
     * the name of the class of what it throws.
     *
     * @param text is redacted, and then cut to the limit of a body; null sets nothing
     */
    public abstract void body(@Nullable CharSequence text);

    /**
     * Sets the body as a value of OpenTelemetry of any depth; a text, and what is longer than a body may be, is
     * redacted and cut like any other. Of what is in maps and arrays each text is redacted.
     *
     * @param value null sets nothing
     */
    public abstract void body(@Nullable Value<?> value);

    /**
     * Sets the name of the event of the record. Call once.
     *
     * @param name is cut to the limit of a key and not redacted; null, and a name that throws while it is read, sets
     *     nothing
     */
    public abstract void eventName(@Nullable CharSequence name);

    /**
     * Adds an attribute with a text, which is handled as in {@link #body(CharSequence)}.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is redacted, and then cut to the limit of a value; null adds nothing
     */
    public abstract void attribute(@Nullable String key, @Nullable CharSequence value);

    /**
     * Adds an attribute with an integer.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is not redacted
     */
    public abstract void attribute(@Nullable String key, long value);

    /**
     * Adds an attribute with a floating-point number.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is not redacted
     */
    public abstract void attribute(@Nullable String key, double value);

    /**
     * Adds an attribute with a boolean.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is not redacted
     */
    public abstract void attribute(@Nullable String key, boolean value);

    /**
     * Adds an attribute with any value: numbers, booleans and texts as such; arrays, collections, maps and values of
     * OpenTelemetry as the arrays, maps and bytes of OTLP, at most 32 deep; anything else as its text. Null in an array
     * stays in its place. What {@code toString} throws is the text, what does not fit is left out and counts as one
     * dropped attribute.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value each text in it is redacted; null adds nothing
     */
    public abstract void attribute(@Nullable String key, @Nullable Object value);

    /**
     * Adds an attribute of OpenTelemetry of any type.
     *
     * @param key only its name is used; null, or an empty name, counts as one dropped attribute
     * @param value as in {@link #attribute(String, Object)}
     */
    public abstract void attribute(@Nullable AttributeKey<?> key, @Nullable Object value);

    /**
     * Adds several attributes.
     *
     * @param attributes null adds nothing; what they throw on the way costs the rest of them, which count as one
     *     dropped attribute
     */
    public abstract void attributes(@Nullable Attributes attributes);

    /**
     * Adds an attribute as {@link #attribute(String, Object)} does, for what belongs to the surroundings: it yields to
     * one with the same key.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value each text in it is redacted; null adds nothing
     */
    public abstract void attributeIfAbsent(@Nullable String key, @Nullable Object value);

    /**
     * Adds the name of the thread that the record is of, as {@code thread.name}; it yields to an attribute of that
     * name.
     *
     * @param name is redacted as an attribute; null adds nothing
     */
    public abstract void threadName(@Nullable String name);

    /**
     * Counts attributes that the producer had already left out.
     *
     * @param more is added to the number of dropped attributes; not negative
     */
    public abstract void droppedAttributes(int more);

    /**
     * Adds {@code exception.type}, {@code exception.message} and {@code exception.stacktrace}; they yield to what has
     * the same key.
     *
     * @param thrown its message and stack trace are read now; null adds nothing
     */
    public abstract void exception(@Nullable Throwable thrown);

    /**
     * Adds the text of a stack trace, for adapters whose framework has its own form of exceptions; it yields to an
     * attribute {@code exception.stacktrace}.
     *
     * @param text is redacted, and then cut to the limit of a stack trace; null adds nothing
     */
    public abstract void stackTrace(@Nullable CharSequence text);

    /**
     * Marks the record as failed, because the adapter failed before the record was whole: {@link #offer} refuses it,
     * and the ledger has {@link DropReason#ENCODING_FAILED}.
     */
    public abstract void fail();

    /**
     * Puts the record into the pipe; never blocks, unless the pipe was built to. Call once.
     *
     * @return false when it was refused; the ledger has the reason
     */
    public final boolean offer() {
        return offerAt() >= 0;
    }

    /** As {@link #offer}; where in the ring it ends, or -1. */
    abstract long offerAt();

    /**
     * As {@link #offer}, but room that is missing now is an answer and not a loss.
     *
     * @return false when there is no room; the record is not counted then: the caller begins it again or counts it
     */
    abstract boolean tryOffer();

    /** As {@link #offer}, from the pipe's own thread. */
    abstract void offerOwn();

    /** Ends the record. One that was begun and not offered is counted as {@link DropReason#ENCODING_FAILED}. */
    @Override
    public abstract void close();
}

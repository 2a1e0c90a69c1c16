// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.core.internal.CurrentSpan;
import dev.weir.core.internal.HexIds;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.ring.Producer;
import dev.weir.log.internal.wire.AnyValues;
import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.StackTraces;
import dev.weir.log.internal.wire.ValueText;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
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
 * @since 0.1
 */
public final class PendingRecord implements AutoCloseable {

    private static final int MAX_SEVERITY = 24;

    private final @Nullable RecordEncoder encoder;
    private final Redactor redactor;
    private final DropReason refusal;
    private final @Nullable Producer producer;
    private String scope = "";
    /**
     * The scope without a version whose number {@link #scopeId} is: most records of a thread come in runs of one
     * logger.
     */
    private @Nullable String lastScope;

    private int scopeId;
    private int severity;
    private boolean failed;
    /** Where it goes; only while it is in use, because a thread keeps its record longer than a pipe lives. */
    @Nullable
    RingInput input;
    /** Gets it back when it is closed; null when it belongs to its thread. */
    private @Nullable Consumer<PendingRecord> pool;

    private int poolSlot;

    /** For a thread that has it for a while. */
    final WeakReference<PendingRecord> self = new WeakReference<>(this);

    /** One that a thread can use again and again. */
    PendingRecord(RecordEncoder encoder, Redactor redactor, Producer producer) {
        this.encoder = encoder;
        this.producer = producer;
        this.redactor = redactor;
        this.refusal = DropReason.ENCODING_FAILED;
        producer.usedBy(this);
    }

    /** One that refuses everything for {@code reason}; for any number of threads at a time. */
    PendingRecord(RingInput input, DropReason reason) {
        this.input = input;
        this.refusal = reason;
        this.producer = null;
        this.encoder = null;
        this.redactor = Redactor.NONE;
    }

    /** It goes back to no pool. */
    void retire() {
        by().retire();
    }

    /** From now on it goes back to {@code pool} when it is closed. */
    void lend(Consumer<PendingRecord> pool, int slot) {
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

    boolean isInUse() {
        return input != null;
    }

    /** Until it is closed. */
    PendingRecord useFor(RingInput input) {
        if (encoder != null) {
            by().begin();
            this.input = input;
        }
        return this;
    }

    /**
     * Something of the pipe threw {@code cause} since this was made ready for {@code to}: the record is counted, and
     * the next one can begin.
     *
     * @param begun whether {@link #start} had returned
     * @return as {@link #offerAt}
     */
    long died(RingInput to, boolean begun, Throwable cause) {
        if (encoder == null) {
            return begun ? -1 : to.refuse(refusal, 0);
        }
        long end = to.died(by(), encoder, severity, cause);
        close();
        return end;
    }

    PendingRecord start(
            long epochNanos,
            long observedNanos,
            int severity,
            @Nullable String severityText,
            @Nullable String scope,
            @Nullable String version) {
        RecordEncoder to = encoder;
        RingInput at = input;
        if (at == null) {
            return this;
        }
        int known = severity < 0 || severity > MAX_SEVERITY ? 0 : severity;
        if (to == null) {
            at.refuse(refusal, known);
            return this;
        }
        failed = false;
        this.severity = known;
        try {
            to.start(epochNanos, observedNanos, known, severityText == null ? "" : severityText);
            scope(to, at, scope == null ? "" : scope, version == null ? "" : version);
        } catch (Throwable outOfMemory) {
            failed = true;
        }
        return this;
    }

    private void scope(RecordEncoder to, RingInput at, String name, String version) {
        scope = name;
        if (name != lastScope || !version.isEmpty()) {
            lastScope = null;
            scopeId = at.scopeId(name, version);
            lastScope = version.isEmpty() ? name : null;
        }
        if (scopeId == 0 && !name.isEmpty()) {
            to.attribute("logger.name", name);
        }
    }

    /**
     * Sets the ids of the span that is current on this thread; nothing when there is none.
     *
     * @return whether there is a span with valid ids
     */
    public boolean currentIds() {
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
    public void ids(long traceIdHigh, long traceIdLow, long spanId, int flags) {
        RecordEncoder to = encoder;
        if (to == null) {
            return;
        }
        int before = to.position();
        try {
            to.ids(traceIdHigh, traceIdLow, spanId, flags);
        } catch (Throwable outOfMemory) {
            to.undo(before);
        }
    }

    /**
     * Sets the ids of a span as hex digits, for example from an MDC. Call once.
     *
     * @param traceId 32 hex digits in lower case, not all 0; with null or any other text no id is set
     * @param spanId 16 hex digits in lower case; any other text, or null, is left out
     * @param flags the trace flags, 0…255; 1 is sampled
     */
    public void hexIds(@Nullable CharSequence traceId, @Nullable CharSequence spanId, int flags) {
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
    public void body(@Nullable CharSequence text) {
        RecordEncoder to = encoder;
        CharSequence redacted = to == null || text == null ? null : redactedBody(text);
        if (to == null || redacted == null) {
            return;
        }
        int before = to.position();
        try {
            to.body(redacted);
        } catch (Throwable userCode) {
            replaceBody(to, before, userCode);
        }
    }

    private void replaceBody(RecordEncoder to, int before, Throwable userCode) {
        try {
            to.undo(before);
            to.body(userCode.getClass().getName());
        } catch (Throwable outOfMemory) {
            failed = true;
        }
    }

    /** What the redactor throws costs the record: its text may be a secret. */
    private @Nullable CharSequence redactedBody(CharSequence text) {
        if (redactor == Redactor.NONE || failed) {
            return failed ? null : text;
        }
        try {
            return redactor.body(scope, text);
        } catch (Throwable userCode) {
            failed = true;
            return null;
        }
    }

    private @Nullable CharSequence redactedAttribute(String key, CharSequence value) {
        if (redactor == Redactor.NONE || failed) {
            return failed ? null : value;
        }
        try {
            return redactor.attribute(key, value);
        } catch (Throwable userCode) {
            failed = true;
            return null;
        }
    }

    /**
     * Sets the name of the event of the record. Call once.
     *
     * @param name is cut to the limit of a key and not redacted; null, and a name that throws while it is read, sets
     *     nothing
     */
    public void eventName(@Nullable CharSequence name) {
        RecordEncoder to = encoder;
        if (to == null || name == null) {
            return;
        }
        int before = to.position();
        try {
            to.eventName(name);
        } catch (Throwable userCode) {
            to.undo(before);
        }
    }

    /**
     * Adds an attribute with a text, which is handled as in {@link #body(CharSequence)}.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is redacted, and then cut to the limit of a value; null adds nothing
     */
    public void attribute(@Nullable String key, @Nullable CharSequence value) {
        RecordEncoder to = encoder;
        if (to == null || key == null || key.isEmpty() || value == null) {
            leaveOut(to, key);
            return;
        }
        CharSequence redacted = redactedAttribute(key, value);
        if (redacted == null) {
            return;
        }
        int before = to.position();
        try {
            to.attribute(key, redacted);
        } catch (Throwable userCode) {
            replaceAttribute(to, before, key, userCode);
        }
    }

    private void replaceAttribute(RecordEncoder to, int before, String key, Throwable userCode) {
        try {
            to.undo(before);
            to.attribute(key, userCode.getClass().getName());
        } catch (Throwable outOfMemory) {
            leaveOut(to, before);
        }
    }

    private static void leaveOut(RecordEncoder to, int before) {
        to.undo(before);
        to.droppedAttributes(1);
    }

    /** An attribute that has a key and no value is none; one without a key is counted as dropped. */
    private static void leaveOut(@Nullable RecordEncoder to, @Nullable String key) {
        if (to != null && (key == null || key.isEmpty())) {
            to.droppedAttributes(1);
        }
    }

    /**
     * Adds an attribute with an integer.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is not redacted
     */
    public void attribute(@Nullable String key, long value) {
        RecordEncoder to = encoder;
        if (to == null || key == null || key.isEmpty()) {
            leaveOut(to, key);
            return;
        }
        int before = to.position();
        try {
            to.attribute(key, value);
        } catch (Throwable outOfMemory) {
            leaveOut(to, before);
        }
    }

    /**
     * Adds an attribute with a floating-point number.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is not redacted
     */
    public void attribute(@Nullable String key, double value) {
        RecordEncoder to = encoder;
        if (to == null || key == null || key.isEmpty()) {
            leaveOut(to, key);
            return;
        }
        int before = to.position();
        try {
            to.attribute(key, value);
        } catch (Throwable outOfMemory) {
            leaveOut(to, before);
        }
    }

    /**
     * Adds an attribute with a boolean.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value is not redacted
     */
    public void attribute(@Nullable String key, boolean value) {
        RecordEncoder to = encoder;
        if (to == null || key == null || key.isEmpty()) {
            leaveOut(to, key);
            return;
        }
        int before = to.position();
        try {
            to.attribute(key, value);
        } catch (Throwable outOfMemory) {
            leaveOut(to, before);
        }
    }

    /**
     * Adds an attribute with any value: numbers, booleans and texts as such; arrays, collections, maps and values of
     * OpenTelemetry as the arrays, maps and bytes of OTLP, at most 32 deep; anything else as its text. Null in an array
     * stays in its place. What {@code toString} throws is the text, what does not fit is left out and counts as one
     * dropped attribute.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value each text in it is redacted; null adds nothing
     */
    public void attribute(@Nullable String key, @Nullable Object value) {
        if (value instanceof CharSequence text) {
            attribute(key, text);
        } else if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte) {
            attribute(key, ((Number) value).longValue());
        } else if (value instanceof Number number && (value instanceof Double || value instanceof Float)) {
            attribute(key, number.doubleValue());
        } else if (value instanceof Boolean flag) {
            attribute(key, (boolean) flag);
        } else if (value == null) {
            leaveOut(encoder, key);
        } else {
            structured(key, value);
        }
    }

    /**
     * Adds an attribute as {@link #attribute(String, Object)} does, for what belongs to the surroundings: it yields to
     * one with the same key.
     *
     * @param key null or empty counts as one dropped attribute
     * @param value each text in it is redacted; null adds nothing
     */
    public void attributeIfAbsent(@Nullable String key, @Nullable Object value) {
        RecordEncoder to = encoder;
        if (to == null) {
            return;
        }
        int before = to.position();
        to.yields(true);
        try {
            attribute(key, value);
        } catch (Throwable userCode) {
            leaveOut(to, before);
        }
        to.yields(false);
    }

    /**
     * Adds the name of the thread that the record is of, as {@code thread.name}; it yields to an attribute of that
     * name.
     *
     * @param name is redacted as an attribute; null adds nothing
     */
    public void threadName(@Nullable String name) {
        RecordEncoder to = encoder;
        CharSequence redacted = to == null || name == null ? null : redactedAttribute("thread.name", name);
        if (to == null || redacted == null) {
            return;
        }
        int before = to.position();
        try {
            to.threadName(redacted);
        } catch (Throwable userCode) {
            leaveOut(to, before);
        }
    }

    private void structured(@Nullable String key, Object value) {
        RecordEncoder to = encoder;
        if (to == null || key == null || key.isEmpty()) {
            leaveOut(to, key);
            return;
        }
        int before = to.position();
        try {
            if (value instanceof Value<?> typed && isScalar(typed.getType())) {
                attribute(key, typed.getValue());
            } else if (value instanceof Value<?>
                    || value instanceof Collection<?>
                    || value instanceof Map<?, ?>
                    || value.getClass().isArray()) {
                encodedAttribute(to, key, value);
            } else {
                attribute(key, (CharSequence) AnyValues.textOf(value));
            }
        } catch (Throwable userCode) {
            replaceAttribute(to, before, key, userCode);
        }
    }

    private static boolean isScalar(ValueType type) {
        return type == ValueType.STRING
                || type == ValueType.LONG
                || type == ValueType.DOUBLE
                || type == ValueType.BOOLEAN;
    }

    private void encodedAttribute(RecordEncoder to, String key, Object value) {
        AnyValues encoded = AnyValues.of(
                value,
                AnyValues.IN_ATTRIBUTE,
                to.limits().value(),
                to.limits().valueChars(),
                (inner, text) -> redactedAttribute(inner == null ? key : inner, text));
        if (!encoded.isLeftOut()) {
            to.attribute(key, encoded);
        }
    }

    /**
     * Sets the body as a value of OpenTelemetry of any depth; a text, and what is longer than a body may be, is
     * redacted and cut like any other. Of what is in maps and arrays each text is redacted.
     *
     * @param value null sets nothing
     */
    public void body(@Nullable Value<?> value) {
        RecordEncoder to = encoder;
        if (to == null || value == null) {
            return;
        }
        int before = to.position();
        try {
            if (value.getType() == ValueType.STRING) {
                body((CharSequence) value.getValue());
                return;
            }
            AnyValues encoded = AnyValues.of(
                    value,
                    AnyValues.IN_BODY,
                    to.limits().body(),
                    Integer.MAX_VALUE,
                    (key, text) -> key == null ? redactedBody(text) : redactedAttribute(key, text));
            if (!to.body(encoded)) {
                body(ValueText.of(value, to.limits().body()));
            }
        } catch (Throwable userCode) {
            replaceBody(to, before, userCode);
        }
    }

    /**
     * Adds an attribute of OpenTelemetry of any type.
     *
     * @param key only its name is used; null, or an empty name, counts as one dropped attribute
     * @param value as in {@link #attribute(String, Object)}
     */
    public void attribute(@Nullable AttributeKey<?> key, @Nullable Object value) {
        RecordEncoder to = encoder;
        if (to == null) {
            return;
        }
        int before = to.position();
        try {
            attribute(key == null ? null : key.getKey(), value);
        } catch (Throwable userCode) {
            leaveOut(to, before);
        }
    }

    /**
     * Adds several attributes.
     *
     * @param attributes null adds nothing; what they throw on the way costs the rest of them, which count as one
     *     dropped attribute
     */
    public void attributes(@Nullable Attributes attributes) {
        if (attributes == null || encoder == null) {
            return;
        }
        try {
            if (!attributes.isEmpty()) {
                attributes.forEach(this::attribute);
            }
        } catch (Throwable userCode) {
            droppedAttributes(1);
        }
    }

    /**
     * Counts attributes that the producer had already left out.
     *
     * @param more is added to the number of dropped attributes; not negative
     */
    public void droppedAttributes(int more) {
        if (encoder != null) {
            encoder.droppedAttributes(more);
        }
    }

    /**
     * Adds {@code exception.type}, {@code exception.message} and {@code exception.stacktrace}; they yield to what has
     * the same key.
     *
     * @param thrown its message and stack trace are read now; null adds nothing
     */
    public void exception(@Nullable Throwable thrown) {
        RecordEncoder to = encoder;
        if (to == null || thrown == null) {
            return;
        }
        attributeIfAbsent("exception.type", thrown.getClass().getName());
        attributeIfAbsent("exception.message", StackTraces.messageOf(thrown));
        try {
            stackTrace(StackTraces.print(
                    thrown, to.limits().stackTrace(), to.limits().stackFrames()));
        } catch (Throwable outOfMemory) {
            droppedAttributes(1);
        }
    }

    /**
     * Adds the text of a stack trace, for adapters whose framework has its own form of exceptions; it yields to an
     * attribute {@code exception.stacktrace}.
     *
     * @param text is redacted, and then cut to the limit of a stack trace; null adds nothing
     */
    public void stackTrace(@Nullable CharSequence text) {
        RecordEncoder to = encoder;
        CharSequence redacted = to == null || text == null ? null : redactedAttribute("exception.stacktrace", text);
        if (to == null || redacted == null) {
            return;
        }
        int before = to.position();
        try {
            to.stackTrace(redacted);
        } catch (Throwable userCode) {
            leaveOut(to, before);
        }
    }

    /**
     * Marks the record as failed, because the adapter failed before the record was whole: {@link #offer} refuses it,
     * and the ledger has {@link DropReason#ENCODING_FAILED}.
     */
    public void fail() {
        failed = true;
    }

    /**
     * Puts the record into the pipe; never blocks, unless the pipe was built to. Call once.
     *
     * @return false when it was refused; the ledger has the reason
     */
    public boolean offer() {
        return offerAt() >= 0;
    }

    /**
     * As {@link #offer}, but room that is missing now is an answer and not a loss.
     *
     * @return false when there is no room; the record is not counted then: the caller begins it again or counts it
     */
    boolean tryOffer() {
        RingInput to = input;
        if (to == null || encoder == null || !finished(encoder)) {
            offerAt();
            return true;
        }
        input = null;
        try {
            return to.tryPut(by(), encoder, scopeId, severity);
        } catch (Throwable cause) {
            to.died(by(), encoder, severity, cause);
            return true;
        }
    }

    private Producer by() {
        return Objects.requireNonNull(producer, "only a record that refuses has no producer");
    }

    /** As {@link #offer}; where in the ring it ends, or -1. */
    long offerAt() {
        RingInput to = input;
        if (to == null || encoder == null) {
            return -1;
        }
        try {
            input = null;
            return finished(encoder)
                    ? to.put(by(), encoder, scopeId, severity)
                    : to.refuse(by(), failed ? refusal : DropReason.TOO_LARGE, severity);
        } catch (Throwable cause) {
            return to.died(by(), encoder, severity, cause);
        }
    }

    /** Whether the record is whole and within its limit. */
    private boolean finished(RecordEncoder to) {
        if (failed) {
            return false;
        }
        try {
            return to.finish();
        } catch (Throwable outOfMemory) {
            failed = true;
            return false;
        }
    }

    /** As {@link #offer}, from the pipe's own thread. */
    void offerOwn() {
        RingInput to = input;
        input = null;
        try {
            if (to != null && encoder != null && finished(encoder)) {
                to.putOwn(by(), encoder, scopeId, severity);
            }
        } catch (Throwable cause) {
            to.died(by(), encoder, severity, cause);
        }
    }

    /** Ends the record. One that was begun and not offered is counted as {@link DropReason#ENCODING_FAILED}. */
    @Override
    public void close() {
        if (encoder == null) {
            return;
        }
        RingInput unoffered = input;
        input = null;
        if (unoffered != null) {
            unoffered.refuse(by(), DropReason.ENCODING_FAILED, severity);
        }
        by().end();
        if (pool != null) {
            pool.accept(this);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.CurrentSpan;
import dev.weir.core.DropReason;
import dev.weir.core.HexIds;
import dev.weir.log.internal.wire.AnyValues;
import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.StackTraces;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * One log record on its way into the intake. For adapters of logging frameworks; one thread, and always closed:
 *
 * <pre>{@code
 * try (PendingRecord record = pipe.begin(epochNanos, 9, "INFO", "my.logger")) {
 *     record.currentIds();
 *     record.body("hello");
 *     record.offer();
 * }
 * }</pre>
 *
 * <p>Each thread has one at a time: beginning another before the first is closed gives one that refuses
 * ({@link DropReason#REENTRANT}).
 */
public final class PendingRecord implements AutoCloseable {

    private final @Nullable RecordEncoder encoder;
    private final Redactor redactor;
    private String scope = "";
    /** The scope without a version whose number {@link #scopeId} is: most records of a thread come in runs of one logger. */
    private @Nullable String lastScope;

    private int scopeId;
    private int severity;
    private boolean failed;
    /** Where it goes; only while it is in use, because a thread keeps its record longer than a pipe lives. */
    private @Nullable Intake intake;
    /** Who gets it back when it is closed; null when it belongs to its thread. */
    @Nullable
    PendingRecords pool;

    /** Its place in {@link #pool}. */
    int poolSlot;

    /** One that a thread can use again and again. */
    PendingRecord(RecordEncoder encoder, Redactor redactor) {
        this.encoder = encoder;
        this.redactor = redactor;
    }

    /** One that refuses everything; for any number of threads at a time. */
    PendingRecord(Intake intake) {
        this.intake = intake;
        this.encoder = null;
        this.redactor = Redactor.NONE;
    }

    boolean isInUse() {
        return intake != null;
    }

    /** Until it is closed. */
    PendingRecord useFor(Intake intake) {
        this.intake = intake;
        return this;
    }

    PendingRecord start(
            long epochNanos, long observedNanos, int severity, String severityText, String scope, String version) {
        RecordEncoder to = encoder;
        Intake at = intake;
        if (to == null || at == null) {
            return this;
        }
        failed = false;
        this.severity = severity;
        this.scope = scope;
        to.start(epochNanos, observedNanos, severity, severityText);
        if (scope != lastScope || !version.isEmpty()) {
            scopeId = at.scopeId(scope, version);
            lastScope = version.isEmpty() ? scope : null;
        }
        if (scopeId == 0 && !scope.isEmpty()) {
            to.attribute("logger.name", scope);
        }
        return this;
    }

    /** The ids of the span that is current on this thread; nothing when there is none. */
    public boolean currentIds() {
        CurrentSpan span = CurrentSpan.get();
        if (span.isValid()) {
            ids(span.traceIdHigh(), span.traceIdLow(), span.spanId(), span.flags());
            return true;
        }
        return false;
    }

    public void ids(long traceIdHigh, long traceIdLow, long spanId, int flags) {
        if (encoder != null) {
            encoder.ids(traceIdHigh, traceIdLow, spanId, flags);
        }
    }

    /** Ids as hex digits, as they are found in an MDC; ignored when they are not 32 and 16 of them. */
    public void hexIds(@Nullable CharSequence traceId, @Nullable CharSequence spanId, int flags) {
        if (traceId != null && traceId.length() == 32) {
            long span = spanId != null && spanId.length() == 16 ? HexIds.parse(spanId, 0) : 0;
            ids(HexIds.parse(traceId, 0), HexIds.parse(traceId, 16), span, flags);
        }
    }

    public void body(CharSequence text) {
        if (encoder != null && !failed) {
            try {
                CharSequence redacted = redactor == Redactor.NONE ? text : redactor.body(scope, text);
                if (redacted != null) {
                    encoder.body(redacted);
                }
            } catch (RuntimeException userCode) {
                failed = true;
            }
        }
    }

    public void eventName(CharSequence name) {
        if (encoder != null) {
            encoder.eventName(name);
        }
    }

    public void attribute(String key, CharSequence value) {
        if (encoder != null && !failed) {
            try {
                CharSequence redacted = redactor == Redactor.NONE ? value : redactor.attribute(key, value);
                if (redacted != null) {
                    encoder.attribute(key, redacted);
                }
            } catch (RuntimeException userCode) {
                failed = true;
            }
        }
    }

    public void attribute(String key, long value) {
        if (encoder != null) {
            encoder.attribute(key, value);
        }
    }

    public void attribute(String key, double value) {
        if (encoder != null) {
            encoder.attribute(key, value);
        }
    }

    public void attribute(String key, boolean value) {
        if (encoder != null) {
            encoder.attribute(key, value);
        }
    }

    /** Any value: numbers and booleans as such, anything else as its text. What its {@code toString} throws is its text. */
    public void attribute(String key, @Nullable Object value) {
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
        } else if (value != null && encoder != null) {
            attribute(key, textOf(value));
        }
    }

    private static String textOf(Object value) {
        try {
            String text = value.toString();
            return text == null ? "null" : text;
        } catch (RuntimeException userCode) {
            return userCode.toString();
        }
    }

    /** A value of OpenTelemetry of any depth; a text is redacted and cut like any other. */
    public void body(Value<?> value) {
        if (value.getType() == ValueType.STRING) {
            body(value.asString());
        } else if (encoder != null) {
            encoder.encodedBody(AnyValues.anyValue(value));
        }
    }

    /** An attribute of OpenTelemetry of any type. */
    public void attribute(AttributeKey<?> key, Object value) {
        switch (key.getType()) {
            case STRING, BOOLEAN, LONG, DOUBLE -> attribute(key.getKey(), value);
            case STRING_ARRAY, BOOLEAN_ARRAY, LONG_ARRAY, DOUBLE_ARRAY -> {
                if (encoder != null) {
                    encoder.encodedAttribute(key.getKey(), AnyValues.anyValue(key.getType(), value));
                }
            }
            default -> {
                if (encoder != null) {
                    encoder.encodedAttribute(
                            key.getKey(),
                            value instanceof Value<?> deep
                                    ? AnyValues.anyValue(deep)
                                    : AnyValues.anyValue(Value.of(String.valueOf(value))));
                }
            }
        }
    }

    /** Attributes that the producer had already left out. */
    public void droppedAttributes(int more) {
        if (encoder != null) {
            encoder.droppedAttributes(more);
        }
    }

    /** {@code exception.type}, {@code exception.message}, {@code exception.stacktrace}. */
    public void exception(Throwable thrown) {
        if (encoder == null) {
            return;
        }
        attribute("exception.type", (CharSequence) thrown.getClass().getName());
        String message = null;
        try {
            message = thrown.getMessage();
        } catch (RuntimeException userCode) {
            failed = false;
        }
        if (message != null) {
            attribute("exception.message", (CharSequence) message);
        }
        stackTrace(StackTraces.print(
                thrown, encoder.limits().stackTrace(), encoder.limits().stackFrames()));
    }

    /** The text of a stack trace, for adapters whose framework has its own form of exceptions. */
    public void stackTrace(CharSequence text) {
        if (encoder != null && !failed) {
            try {
                CharSequence redacted =
                        redactor == Redactor.NONE ? text : redactor.attribute("exception.stacktrace", text);
                if (redacted != null) {
                    encoder.stackTrace(redacted);
                }
            } catch (RuntimeException userCode) {
                failed = true;
            }
        }
    }

    /** Puts the record into the pipe; never blocks, unless the pipe was built to. Call once. */
    public boolean offer() {
        return offerAt() >= 0;
    }

    /**
     * As {@link #offer}, but room that is missing now is an answer and not a loss.
     *
     * @return false when there is no room; offer it again or give it up yourself
     */
    boolean tryOffer() {
        Intake to = intake;
        if (to == null || encoder == null || failed || !encoder.finish()) {
            offerAt();
            return true;
        }
        return to.tryPut(encoder, scopeId, severity);
    }

    /** As {@link #offer}; where in the ring it ends, or -1. */
    long offerAt() {
        Intake to = intake;
        if (to == null) {
            return -1;
        }
        if (encoder == null) {
            return to.refuse(DropReason.REENTRANT, severity);
        }
        if (failed || !encoder.finish()) {
            return to.refuse(failed ? DropReason.ENCODING_FAILED : DropReason.TOO_LARGE, severity);
        }
        return to.put(encoder, scopeId, severity);
    }

    /** As {@link #offer}, from the pipe's own thread. */
    void offerOwn() {
        Intake to = intake;
        if (to != null && encoder != null && encoder.finish()) {
            to.putOwn(encoder, scopeId, severity);
        }
    }

    @Override
    public void close() {
        if (encoder == null) {
            return;
        }
        intake = null;
        if (pool != null) {
            pool.giveBack(this);
        }
    }
}

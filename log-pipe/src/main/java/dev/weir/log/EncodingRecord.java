// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.log.internal.wire.AnyValues;
import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.StackTraces;
import dev.weir.log.internal.wire.ValueText;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is in a record: each text is redacted, then everything is encoded as it comes, and what fails half-way is taken
 * back. Knows no ring. One thread at a time. Structured values, exceptions and redactors allocate; nothing else does.
 */
abstract sealed class EncodingRecord extends PendingRecord permits RingRecord {

    private final RecordEncoder encoder;
    private final Redactor redactor;
    private String scope = "";

    /** The record is refused. A field, because it is set where the stack may have no room for a call. */
    boolean failed;

    EncodingRecord(RecordEncoder encoder, Redactor redactor) {
        this.encoder = encoder;
        this.redactor = redactor;
    }

    /** Begins another record. What it throws costs the record. */
    final void encode(long epochNanos, long observedNanos, int severity, String severityText, String scope) {
        failed = false;
        encoder.start(epochNanos, observedNanos, severity, severityText);
        this.scope = scope;
    }

    /** Whether the record is whole and within its limit. */
    final boolean finish() {
        if (failed) {
            return false;
        }
        try {
            return encoder.finish();
        } catch (Throwable outOfMemory) {
            failed = true;
            return false;
        }
    }

    @Override
    public final void fail() {
        failed = true;
    }

    @Override
    public final void ids(long traceIdHigh, long traceIdLow, long spanId, int flags) {
        int before = encoder.position();
        try {
            encoder.ids(traceIdHigh, traceIdLow, spanId, flags);
        } catch (Throwable outOfMemory) {
            encoder.undo(before);
        }
    }

    @Override
    public final void body(@Nullable CharSequence text) {
        CharSequence redacted = text == null ? null : redacted(null, text);
        if (redacted == null) {
            return;
        }
        int before = encoder.position();
        try {
            encoder.body(redacted);
        } catch (Throwable userCode) {
            replaceBody(before, userCode);
        }
    }

    @Override
    public final void body(@Nullable Value<?> value) {
        if (value == null) {
            return;
        }
        int before = encoder.position();
        try {
            if (value.getType() == ValueType.STRING) {
                body((CharSequence) value.getValue());
                return;
            }
            AnyValues encoded =
                    AnyValues.of(value, AnyValues.IN_BODY, encoder.limits().body(), Integer.MAX_VALUE, this::redacted);
            if (!encoder.body(encoded)) {
                body(ValueText.of(value, encoder.limits().body()));
            }
        } catch (Throwable userCode) {
            replaceBody(before, userCode);
        }
    }

    private void replaceBody(int before, Throwable userCode) {
        try {
            encoder.undo(before);
            encoder.body(userCode.getClass().getName());
        } catch (Throwable outOfMemory) {
            failed = true;
        }
    }

    /**
     * What the redactor makes of a text. What it throws costs the record: the text may be a secret.
     *
     * @param key null for a text of the body
     * @return null when nothing is to be written
     */
    private @Nullable CharSequence redacted(@Nullable String key, CharSequence text) {
        if (redactor == Redactor.NONE || failed) {
            return failed ? null : text;
        }
        try {
            return key == null ? redactor.body(scope, text) : redactor.attribute(key, text);
        } catch (Throwable userCode) {
            failed = true;
            return null;
        }
    }

    @Override
    public final void eventName(@Nullable CharSequence name) {
        if (name == null) {
            return;
        }
        int before = encoder.position();
        try {
            encoder.eventName(name);
        } catch (Throwable userCode) {
            encoder.undo(before);
        }
    }

    @Override
    public final void attribute(@Nullable String key, @Nullable CharSequence value) {
        if (key == null || key.isEmpty()) {
            encoder.droppedAttributes(1);
            return;
        }
        CharSequence redacted = value == null ? null : redacted(key, value);
        if (redacted == null) {
            return;
        }
        int before = encoder.position();
        try {
            encoder.attribute(key, redacted);
        } catch (Throwable userCode) {
            replaceAttribute(before, key, userCode);
        }
    }

    private void replaceAttribute(int before, String key, Throwable userCode) {
        try {
            encoder.undo(before);
            encoder.attribute(key, userCode.getClass().getName());
        } catch (Throwable outOfMemory) {
            leaveOut(before);
        }
    }

    /** The attribute that began at {@code before}. */
    private void leaveOut(int before) {
        encoder.undo(before);
        encoder.droppedAttributes(1);
    }

    @Override
    public final void attribute(@Nullable String key, long value) {
        scalar(key, ValueType.LONG, value);
    }

    @Override
    public final void attribute(@Nullable String key, double value) {
        scalar(key, ValueType.DOUBLE, Double.doubleToRawLongBits(value));
    }

    @Override
    public final void attribute(@Nullable String key, boolean value) {
        scalar(key, ValueType.BOOLEAN, value ? 1 : 0);
    }

    private void scalar(@Nullable String key, ValueType type, long bits) {
        if (key == null || key.isEmpty()) {
            encoder.droppedAttributes(1);
            return;
        }
        int before = encoder.position();
        try {
            if (type == ValueType.LONG) {
                encoder.attribute(key, bits);
            } else if (type == ValueType.DOUBLE) {
                encoder.attribute(key, Double.longBitsToDouble(bits));
            } else {
                encoder.attribute(key, bits != 0);
            }
        } catch (Throwable outOfMemory) {
            leaveOut(before);
        }
    }

    @Override
    public final void attribute(@Nullable String key, @Nullable Object value) {
        if (value == null) {
            attribute(key, (CharSequence) null);
        } else if (value instanceof CharSequence text) {
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
        } else {
            structured(key, value);
        }
    }

    private void structured(@Nullable String key, Object value) {
        if (key == null || key.isEmpty()) {
            encoder.droppedAttributes(1);
            return;
        }
        int before = encoder.position();
        try {
            if (value instanceof Value<?> typed && isScalar(typed.getType())) {
                attribute(key, typed.getValue());
            } else if (value instanceof Value<?>
                    || value instanceof Collection<?>
                    || value instanceof Map<?, ?>
                    || value.getClass().isArray()) {
                encodedAttribute(key, value);
            } else {
                attribute(key, (CharSequence) AnyValues.textOf(value));
            }
        } catch (Throwable userCode) {
            replaceAttribute(before, key, userCode);
        }
    }

    private static boolean isScalar(ValueType type) {
        return type == ValueType.STRING
                || type == ValueType.LONG
                || type == ValueType.DOUBLE
                || type == ValueType.BOOLEAN;
    }

    private void encodedAttribute(String key, Object value) {
        AnyValues encoded = AnyValues.of(
                value,
                AnyValues.IN_ATTRIBUTE,
                encoder.limits().value(),
                encoder.limits().valueChars(),
                (inner, text) -> redacted(inner == null ? key : inner, text));
        if (!encoded.isLeftOut()) {
            encoder.attribute(key, encoded);
        }
    }

    @Override
    public final void attribute(@Nullable AttributeKey<?> key, @Nullable Object value) {
        int before = encoder.position();
        try {
            attribute(key == null ? null : key.getKey(), value);
        } catch (Throwable userCode) {
            leaveOut(before);
        }
    }

    @Override
    public final void attributes(@Nullable Attributes attributes) {
        if (attributes == null) {
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

    @Override
    public final void attributeIfAbsent(@Nullable String key, @Nullable Object value) {
        int before = encoder.position();
        encoder.yields(true);
        try {
            attribute(key, value);
        } catch (Throwable userCode) {
            leaveOut(before);
        }
        encoder.yields(false);
    }

    @Override
    public final void threadName(@Nullable String name) {
        CharSequence redacted = name == null ? null : redacted("thread.name", name);
        if (redacted == null) {
            return;
        }
        int before = encoder.position();
        try {
            encoder.threadName(redacted);
        } catch (Throwable userCode) {
            leaveOut(before);
        }
    }

    @Override
    public final void droppedAttributes(int more) {
        encoder.droppedAttributes(more);
    }

    @Override
    public final void exception(@Nullable Throwable thrown) {
        if (thrown == null) {
            return;
        }
        attributeIfAbsent("exception.type", thrown.getClass().getName());
        attributeIfAbsent("exception.message", StackTraces.messageOf(thrown));
        try {
            stackTrace(StackTraces.print(
                    thrown, encoder.limits().stackTrace(), encoder.limits().stackFrames()));
        } catch (Throwable outOfMemory) {
            droppedAttributes(1);
        }
    }

    @Override
    public final void stackTrace(@Nullable CharSequence text) {
        CharSequence redacted = text == null ? null : redacted("exception.stacktrace", text);
        if (redacted == null) {
            return;
        }
        int before = encoder.position();
        try {
            encoder.stackTrace(redacted);
        } catch (Throwable userCode) {
            leaveOut(before);
        }
    }
}

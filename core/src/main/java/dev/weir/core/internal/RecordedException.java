// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Records exceptions as events of spans, without the secrets that their messages name. Stateless and thread-safe; never throws. */
public final class RecordedException {

    private static final AttributeKey<String> TYPE = AttributeKey.stringKey("exception.type");
    private static final AttributeKey<String> MESSAGE = AttributeKey.stringKey("exception.message");
    private static final AttributeKey<String> STACKTRACE = AttributeKey.stringKey("exception.stacktrace");

    /** How many causes and suppressed exceptions of one are looked at; one that has more is written by hand, too. */
    private static final int MAX_LINKED = 64;

    private RecordedException() {}

    /**
     * {@code failure} as an event of {@code span}: as OpenTelemetry records it when no message has anything to hide, otherwise
     * the same attributes put together here.
     *
     * @param redact takes the secrets out of a text
     * @return what was thrown on the way, in which case the type alone was recorded; null when all went well
     */
    public static @Nullable Throwable record(Span span, Throwable failure, UnaryOperator<String> redact) {
        try {
            if (isClean(failure, redact)) {
                span.recordException(failure);
            } else {
                span.addEvent("exception", attributes(failure, redact));
            }
            return null;
        } catch (Throwable thrown) {
            // An exception is code of the application: its message may throw. Only what is known without calling it is
            // recorded.
            recordType(span, failure);
            return thrown;
        }
    }

    private static void recordType(Span span, Throwable failure) {
        try {
            span.addEvent("exception", Attributes.of(TYPE, failure.getClass().getName()));
        } catch (Throwable ignored) {
            // There is no span to record it on, and telemetry must not fail what it describes.
        }
    }

    private static Attributes attributes(Throwable failure, UnaryOperator<String> redact) {
        StringWriter stack = new StringWriter();
        failure.printStackTrace(new PrintWriter(stack));
        AttributesBuilder attributes = Attributes.builder()
                .put(TYPE, failure.getClass().getName())
                .put(STACKTRACE, redact.apply(stack.toString()));
        String message = failure.getMessage();
        return (message == null ? attributes : attributes.put(MESSAGE, redact.apply(message))).build();
    }

    /** Whether the stack trace of {@code failure} has nothing to hide. */
    static boolean isClean(Throwable failure, UnaryOperator<String> redact) {
        return isClean(failure, redact, new int[1]);
    }

    private static boolean isClean(@Nullable Throwable failure, UnaryOperator<String> redact, int[] visited) {
        if (failure == null) {
            return true;
        }
        if (++visited[0] > MAX_LINKED) {
            return false;
        }
        // The stack trace has the text of each, and "null" for one without.
        String text = "" + failure;
        if (!redact.apply(text).equals(text) || !isClean(failure.getCause(), redact, visited)) {
            return false;
        }
        for (Throwable suppressed : failure.getSuppressed()) {
            if (!isClean(suppressed, redact, visited)) {
                return false;
            }
        }
        return true;
    }
}

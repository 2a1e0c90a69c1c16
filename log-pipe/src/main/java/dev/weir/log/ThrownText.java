// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.log.internal.wire.StackTraces;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an exception in a record. An exception is code of the application: it is read here, before the record
 * is begun. Immutable; never throws.
 *
 * @since 0.1
 */
public final class ThrownText {

    private final String type;
    private final @Nullable String message;
    private final @Nullable CharSequence stackTrace;

    private ThrownText(String type, @Nullable String message, @Nullable CharSequence stackTrace) {
        this.type = type;
        this.message = message;
        this.stackTrace = stackTrace;
    }

    /**
     * Reads the type, the message and the stack trace of an exception.
     *
     * @param pipe limits the length of the stack trace
     * @param thrown its methods are called here and not later
     * @return the fields of that exception
     */
    public static ThrownText of(LogPipe pipe, Throwable thrown) {
        return new ThrownText(thrown.getClass().getName(), StackTraces.messageOf(thrown), print(pipe, thrown));
    }

    /**
     * Reads only the type, which is known without calling code of the exception.
     *
     * @param thrown none of its own methods is called
     * @return the type; the stack trace counts as one dropped attribute
     */
    public static ThrownText ofType(Throwable thrown) {
        return new ThrownText(thrown.getClass().getName(), null, null);
    }

    private static @Nullable CharSequence print(LogPipe pipe, Throwable thrown) {
        try {
            return StackTraces.print(
                    thrown, pipe.limits().stackTrace(), pipe.limits().stackFrames());
        } catch (Throwable outOfMemory) {
            return null;
        }
    }

    /**
     * Adds {@code exception.type}, {@code exception.message} and {@code exception.stacktrace}; they yield to attributes
     * of the same key.
     *
     * @param record gets them; a stack trace that is missing counts there as one dropped attribute
     */
    public void addTo(PendingRecord record) {
        record.attributeIfAbsent("exception.type", type);
        record.attributeIfAbsent("exception.message", message);
        if (stackTrace == null) {
            record.droppedAttributes(1);
        } else {
            record.stackTrace(stackTrace);
        }
    }
}

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

    /** Reads as much of {@code thrown} as a record of {@code pipe} may have. */
    public static ThrownText of(LogPipe pipe, Throwable thrown) {
        return new ThrownText(thrown.getClass().getName(), StackTraces.messageOf(thrown), print(pipe, thrown));
    }

    /** Only the type, which is known without calling code of the exception. */
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

    /** {@code exception.type}, {@code exception.message}, {@code exception.stacktrace}. */
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

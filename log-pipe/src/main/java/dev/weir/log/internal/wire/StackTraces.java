// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Exceptions as text, bounded. Stateless. */
public final class StackTraces {

    private static final int MAX_CAUSES = 16;

    private StackTraces() {}

    /**
     * As {@link Throwable#printStackTrace()} writes it, at most {@code limit} characters and {@code frames} frames of each
     * exception. Causes that come back are written once.
     */
    public static CharSequence print(Throwable thrown, int limit, int frames) {
        StringBuilder text = new StringBuilder(Math.min(limit, 2048));
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Throwable next = thrown;
        for (int depth = 0; next != null && depth < MAX_CAUSES && text.length() < limit && seen.add(next); depth++) {
            if (depth > 0) {
                text.append("Caused by: ");
            }
            append(text, next, limit, frames);
            next = next.getCause();
        }
        if (text.length() > limit) {
            text.setLength(limit);
        }
        return text;
    }

    private static void append(StringBuilder text, Throwable thrown, int limit, int frames) {
        try {
            text.append(thrown).append('\n');
        } catch (RuntimeException userCode) {
            text.append(thrown.getClass().getName()).append('\n');
        }
        StackTraceElement[] trace = thrown.getStackTrace();
        int shown = Math.min(trace.length, frames);
        for (int i = 0; i < shown && text.length() < limit; i++) {
            text.append("\tat ").append(trace[i]).append('\n');
        }
        if (shown < trace.length) {
            text.append("\t... ").append(trace.length - shown).append(" more\n");
        }
    }
}

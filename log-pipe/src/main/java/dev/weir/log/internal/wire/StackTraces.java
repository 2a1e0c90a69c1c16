// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Exceptions as text, bounded. An exception is code of the application: whatever its methods do, these give a text.
 * Stateless.
 */
public final class StackTraces {

    /** Of causes and suppressed exceptions in all. */
    private static final int MAX_LINKED = 128;

    private static final StackTraceElement[] NO_FRAMES = {};

    private final StringBuilder text;
    private final int limit;
    private final int frames;
    private final Set<Throwable> written = Collections.newSetFromMap(new IdentityHashMap<>());

    private StackTraces(int limit, int frames) {
        this.text = new StringBuilder(Math.min(limit, 2048));
        this.limit = limit;
        this.frames = frames;
    }

    /**
     * As {@link Throwable#printStackTrace()} writes it, with causes and what was suppressed, at most {@code limit}
     * characters and {@code frames} frames of each exception.
     */
    public static CharSequence print(Throwable thrown, int limit, int frames) {
        StackTraces to = new StackTraces(limit, frames);
        try {
            to.append(thrown, NO_FRAMES, "", "");
        } catch (Throwable noStackLeft) {
            // What there is by now is the text.
        }
        to.text.setLength(Utf8.end(to.text, limit));
        return to.text;
    }

    /** {@code thrown.toString()}, or the name of its class when that fails. */
    public static String textOf(Throwable thrown) {
        try {
            String text = thrown.toString();
            return text == null ? thrown.getClass().getName() : text;
        } catch (Throwable userCode) {
            return thrown.getClass().getName();
        }
    }

    /** {@code thrown.getMessage()}; null when there is none or it fails. */
    public static @Nullable String messageOf(Throwable thrown) {
        try {
            return thrown.getMessage();
        } catch (Throwable userCode) {
            return null;
        }
    }

    private void append(Throwable thrown, StackTraceElement[] enclosing, String caption, String indent) {
        if (written.size() >= MAX_LINKED || text.length() >= limit) {
            return;
        }
        if (!written.add(thrown)) {
            line(indent, caption, "[CIRCULAR REFERENCE: " + textOf(thrown) + "]");
            return;
        }
        line(indent, caption, textOf(thrown));
        StackTraceElement[] trace = framesOf(thrown);
        int common = common(trace, enclosing);
        int shown = Math.min(trace.length - common, frames);
        for (int i = 0; i < shown && text.length() < limit; i++) {
            text.append(indent).append("\tat ").append(trace[i]).append('\n');
        }
        if (shown < trace.length) {
            text.append(indent).append("\t... ").append(trace.length - shown).append(" more\n");
        }
        for (Throwable suppressed : thrown.getSuppressed()) {
            append(suppressed, trace, "Suppressed: ", indent + "\t");
        }
        Throwable cause = causeOf(thrown);
        if (cause != null) {
            append(cause, trace, "Caused by: ", indent);
        }
    }

    private void line(String indent, String caption, String what) {
        text.append(indent).append(caption).append(what).append('\n');
    }

    private static StackTraceElement[] framesOf(Throwable thrown) {
        try {
            StackTraceElement[] trace = thrown.getStackTrace();
            return trace == null ? NO_FRAMES : trace;
        } catch (Throwable userCode) {
            return NO_FRAMES;
        }
    }

    private static @Nullable Throwable causeOf(Throwable thrown) {
        try {
            return thrown.getCause();
        } catch (Throwable userCode) {
            return null;
        }
    }

    /** How many of the last frames both have. */
    private static int common(StackTraceElement[] trace, StackTraceElement[] enclosing) {
        int common = 0;
        while (common < trace.length
                && common < enclosing.length
                && trace[trace.length - 1 - common] != null
                && trace[trace.length - 1 - common].equals(enclosing[enclosing.length - 1 - common])) {
            common++;
        }
        return common;
    }
}

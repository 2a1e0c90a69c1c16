// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import dev.weir.core.internal.HexIds;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and rewrites the {@code ot} entry of a trace state: {@code key:value} pairs separated by semicolons, of which
 * {@code th} is the threshold and {@code rv} the explicit random value. Stateless. Unknown pairs stay as they are;
 * reading allocates nothing.
 */
final class OtelState {

    static final String KEY = "ot";

    /** No such value, or one that is not well-formed. */
    static final long NONE = -1;

    /** What W3C allows for one entry's value. */
    private static final int MAX_LENGTH = 256;

    private static final int MAX_ENTRIES = 32;

    private OtelState() {}

    /** The threshold, 0…2^56−1, or {@link #NONE}. */
    static long threshold(@Nullable String ot) {
        int at = find(ot, 't', 'h');
        return ot == null || at < 0 ? NONE : hex(ot, at, 1);
    }

    /** The explicit random value, 0…2^56−1, or {@link #NONE}. */
    static long randomValue(@Nullable String ot) {
        int at = find(ot, 'r', 'v');
        return ot == null || at < 0 ? NONE : hex(ot, at, Threshold.DIGITS);
    }

    /** Whether there is a {@code th}, well-formed or not. */
    static boolean hasThreshold(@Nullable String ot) {
        return find(ot, 't', 'h') >= 0;
    }

    /** Where the value of a two-letter key begins, or -1. */
    private static int find(@Nullable String ot, char first, char second) {
        if (ot == null) {
            return -1;
        }
        int at = 0;
        while (at >= 0 && at + 3 <= ot.length()) {
            if (ot.charAt(at) == first && ot.charAt(at + 1) == second && ot.charAt(at + 2) == ':') {
                return at + 3;
            }
            at = ot.indexOf(';', at) + 1;
            if (at == 0) {
                return -1;
            }
        }
        return -1;
    }

    /** 14 hex digits to the next semicolon, extended with zeros on the right. */
    private static long hex(String text, int from, int minDigits) {
        long value = 0;
        int digits = 0;
        for (int i = from; i < text.length() && text.charAt(i) != ';'; i++) {
            int digit = HexIds.digit(text.charAt(i));
            if (digit < 0 || ++digits > Threshold.DIGITS) {
                return NONE;
            }
            value = value << 4 | digit;
        }
        return digits < minDigits ? NONE : value << 4 * (Threshold.DIGITS - digits);
    }

    /** {@code state} with this threshold in front of all other entries and pairs; null removes the threshold. */
    static TraceState withThreshold(TraceState state, @Nullable String th) {
        return with(state, th, null);
    }

    /**
     * {@code state} with this threshold and, when given, this random value.
     *
     * @param th null removes the threshold
     * @param rv null keeps what there is
     */
    static TraceState with(TraceState state, @Nullable String th, @Nullable String rv) {
        String before = state.get(KEY);
        if (before == null && th == null && rv == null) {
            return state;
        }
        String after = pairs(before == null ? "" : before, th, rv);
        if (after.equals(before)) {
            return state;
        }
        return after.isEmpty() ? state.toBuilder().remove(KEY).build() : inFront(state, after);
    }

    /**
     * W3C requires that a changed entry comes first, and that the rightmost entry is removed when there are too many.
     * The builder keeps a changed entry where it was and silently refuses one too many, so the state is built again,
     * from the right.
     */
    private static TraceState inFront(TraceState state, String ot) {
        List<String> others = new ArrayList<>(2 * state.size());
        state.forEach((key, value) -> {
            if (!key.equals(KEY) && others.size() < 2 * (MAX_ENTRIES - 1)) {
                others.add(key);
                others.add(value);
            }
        });
        TraceStateBuilder builder = TraceState.builder();
        for (int i = others.size() - 2; i >= 0; i -= 2) {
            builder.put(others.get(i), others.get(i + 1));
        }
        return builder.put(KEY, ot).build();
    }

    private static String pairs(String before, @Nullable String th, @Nullable String rv) {
        StringBuilder text = new StringBuilder();
        if (th != null) {
            text.append("th:").append(th);
        }
        if (rv != null) {
            text.append(text.isEmpty() ? "" : ";").append("rv:").append(rv);
        }
        for (String pair : before.split(";", -1)) {
            boolean replaced = pair.startsWith("th:") || (rv != null && pair.startsWith("rv:"));
            if (!replaced && !pair.isEmpty() && text.length() + 1 + pair.length() <= MAX_LENGTH) {
                text.append(text.isEmpty() ? "" : ";").append(pair);
            }
        }
        // A value may contain blanks but not end with one: the builder would refuse it.
        return text.toString().stripTrailing();
    }
}

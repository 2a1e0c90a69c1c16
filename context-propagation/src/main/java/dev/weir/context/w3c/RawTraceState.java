// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The {@code tracestate} list in the grammar of Trace Context level 2, as alternating keys and values. Immutable.
 *
 * <p>Bounds: {@value #MAX_MEMBERS} members, keys and values of {@value #MAX_KEY} and {@value #MAX_VALUE} characters. A list
 * that breaks a rule is dropped whole, as the standard asks.
 */
final class RawTraceState implements TraceState {

    static final int MAX_MEMBERS = 32;
    static final int MAX_KEY = 256;
    static final int MAX_VALUE = 256;

    private final String[] keysAndValues;

    /** The header, made at the first use, or kept when it came as it would be written. */
    private @Nullable String text;

    private RawTraceState(String[] keysAndValues, @Nullable String text) {
        this.keysAndValues = keysAndValues;
        this.text = text;
    }

    /** What the header says; empty when it breaks a rule. Of members with the same key the first one stays. */
    static TraceState parse(String header) {
        int members = countMembers(header);
        if (members == 0) {
            return TraceState.getDefault();
        }
        String[] keysAndValues = new String[2 * members];
        int used = 0;
        int length = header.length();
        int written = 0;
        for (int start = 0; start <= length; ) {
            int comma = header.indexOf(',', start);
            int end = comma < 0 ? length : comma;
            int from = skipBlanks(header, start, end);
            int to = trimBlanks(header, from, end);
            start = end + 1;
            if (from == to) {
                continue;
            }
            int equals = header.indexOf('=', from);
            String key = header.substring(from, equals);
            if (indexOf(keysAndValues, used, key) < 0) {
                keysAndValues[used++] = key;
                keysAndValues[used++] = header.substring(equals + 1, to);
                written += to - from + 1;
            }
        }
        boolean asWritten = written - 1 == length;
        return of(keysAndValues, used, asWritten ? header : null);
    }

    /** How many members there are; 0 when one of them breaks a rule. Allocates nothing, whatever comes. */
    private static int countMembers(String header) {
        int count = 0;
        int length = header.length();
        for (int start = 0; start <= length; ) {
            int comma = header.indexOf(',', start);
            int end = comma < 0 ? length : comma;
            int from = skipBlanks(header, start, end);
            int to = trimBlanks(header, from, end);
            start = end + 1;
            if (from == to) {
                continue;
            }
            int equals = header.indexOf('=', from);
            if (++count > MAX_MEMBERS
                    || equals < 0
                    || equals >= to
                    || !isKey(header, from, equals)
                    || !isValue(header, equals + 1, to)) {
                return 0;
            }
        }
        return count;
    }

    private static int skipBlanks(String text, int from, int to) {
        int start = from;
        while (start < to && isBlank(text.charAt(start))) {
            start++;
        }
        return start;
    }

    private static int trimBlanks(String text, int from, int to) {
        int end = to;
        while (end > from && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static TraceState of(String[] members, int used, @Nullable String text) {
        if (used == 0) {
            return TraceState.getDefault();
        }
        return new RawTraceState(used == members.length ? members : Arrays.copyOf(members, used), text);
    }

    private static int indexOf(String[] members, int used, String key) {
        for (int i = 0; i < used; i += 2) {
            if (members[i].equals(key)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    static boolean isKey(String text, int from, int to) {
        if (from == to || to - from > MAX_KEY || !isLetterOrDigit(text.charAt(from))) {
            return false;
        }
        for (int i = from + 1; i < to; i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && c != '_' && c != '-' && c != '*' && c != '/' && c != '@') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
    }

    static boolean isValue(String text, int from, int to) {
        if (from == to || to - from > MAX_VALUE || text.charAt(to - 1) == ' ') {
            return false;
        }
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == ',' || c == '=') {
                return false;
            }
        }
        return true;
    }

    @Override
    public @Nullable String get(String key) {
        int index = indexOf(keysAndValues, keysAndValues.length, key);
        return index < 0 ? null : keysAndValues[index + 1];
    }

    @Override
    public int size() {
        return keysAndValues.length / 2;
    }

    @Override
    public boolean isEmpty() {
        return keysAndValues.length == 0;
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        for (int i = 0; i < keysAndValues.length; i += 2) {
            consumer.accept(keysAndValues[i], keysAndValues[i + 1]);
        }
    }

    @Override
    public Map<String, String> asMap() {
        Map<String, String> map = new LinkedHashMap<>();
        forEach(map::put);
        return Collections.unmodifiableMap(map);
    }

    @Override
    public TraceStateBuilder toBuilder() {
        return new Builder(keysAndValues);
    }

    /** The header's text; empty for an empty state. */
    static String format(TraceState state) {
        if (!(state instanceof RawTraceState raw)) {
            return join(state);
        }
        String known = raw.text;
        if (known == null) {
            raw.text = known = join(raw);
        }
        return known;
    }

    private static String join(TraceState state) {
        StringBuilder text = new StringBuilder(64);
        state.forEach((key, value) -> {
            if (text.length() > 0) {
                text.append(',');
            }
            text.append(key).append('=').append(value);
        });
        return text.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TraceState that && asMap().equals(that.asMap());
    }

    @Override
    public int hashCode() {
        return asMap().hashCode();
    }

    @Override
    public String toString() {
        return "TraceState{" + format(this) + '}';
    }

    /** Puts a changed member first, as the standard asks; ignores what the grammar forbids, as OpenTelemetry does. */
    private static final class Builder implements TraceStateBuilder {

        private String[] members;
        private int used;

        Builder(String[] members) {
            this.members = Arrays.copyOf(members, members.length + 2);
            this.used = members.length;
        }

        @Override
        public TraceStateBuilder put(String key, String value) {
            if (key == null
                    || value == null
                    || !isKey(key, 0, key.length())
                    || !isValue(value, 0, value.length())
                    || used == 2 * MAX_MEMBERS && indexOf(members, used, key) < 0) {
                return this;
            }
            remove(key);
            if (used == members.length) {
                members = Arrays.copyOf(members, used + 2);
            }
            System.arraycopy(members, 0, members, 2, used);
            members[0] = key;
            members[1] = value;
            used += 2;
            return this;
        }

        @Override
        public TraceStateBuilder remove(String key) {
            int index = key == null ? -1 : indexOf(members, used, key);
            if (index >= 0) {
                System.arraycopy(members, index + 2, members, index, used - index - 2);
                used -= 2;
            }
            return this;
        }

        @Override
        public TraceState build() {
            return of(members.clone(), used, null);
        }
    }
}

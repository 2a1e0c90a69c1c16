// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A set of paths: exact ones, and prefixes written as {@code /actuator/**}, which also match {@code /actuator} itself.
 * Immutable.
 */
public final class PathPatterns {

    private static final String ANYTHING_BELOW = "/**";

    private final String[] exact;
    private final String[] prefixes;

    private PathPatterns(String[] exact, String[] prefixes) {
        this.exact = exact;
        this.prefixes = prefixes;
    }

    /** @param patterns each of them {@linkplain #isPattern is a pattern} */
    public static PathPatterns of(Collection<String> patterns) {
        List<String> exact = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        for (String pattern : patterns) {
            (pattern.endsWith(ANYTHING_BELOW) ? prefixes : exact).add(path(pattern));
        }
        return new PathPatterns(exact.toArray(String[]::new), prefixes.toArray(String[]::new));
    }

    /** Whether {@code text} begins with a slash and has no star except in {@code /**} at its end. */
    public static boolean isPattern(String text) {
        return text.startsWith("/") && path(text).indexOf('*') < 0;
    }

    private static String path(String pattern) {
        return pattern.endsWith(ANYTHING_BELOW)
                ? pattern.substring(0, pattern.length() - ANYTHING_BELOW.length())
                : pattern;
    }

    /** Whether the first {@code length} characters of {@code path} are in the set. */
    public boolean matches(String path, int length) {
        for (String candidate : exact) {
            if (candidate.length() == length && path.startsWith(candidate)) {
                return true;
            }
        }
        for (String prefix : prefixes) {
            if (path.startsWith(prefix) && (length == prefix.length() || path.charAt(prefix.length()) == '/')) {
                return true;
            }
        }
        return false;
    }

    /** Whether no path matches. */
    public boolean isEmpty() {
        return exact.length == 0 && prefixes.length == 0;
    }
}

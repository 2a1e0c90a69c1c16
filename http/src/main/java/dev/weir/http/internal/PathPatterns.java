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

    private final String[] exact;
    private final String[] prefixes;

    private PathPatterns(String[] exact, String[] prefixes) {
        this.exact = exact;
        this.prefixes = prefixes;
    }

    /** @throws IllegalArgumentException when a pattern does not begin with a slash or has a star elsewhere */
    public static PathPatterns of(Collection<String> patterns) {
        List<String> exact = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        for (String pattern : patterns) {
            boolean prefix = pattern.endsWith("/**");
            String path = prefix ? pattern.substring(0, pattern.length() - 3) : pattern;
            if (!pattern.startsWith("/") || path.indexOf('*') >= 0) {
                throw new IllegalArgumentException(
                        "an ignored path must begin with / and may end with /**, was \"" + pattern + '"');
            }
            (prefix ? prefixes : exact).add(path);
        }
        return new PathPatterns(exact.toArray(String[]::new), prefixes.toArray(String[]::new));
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

    public boolean isEmpty() {
        return exact.length == 0 && prefixes.length == 0;
    }
}

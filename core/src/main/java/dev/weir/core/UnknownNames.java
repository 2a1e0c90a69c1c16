// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import dev.weir.core.internal.ThrottledLog;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The {@code weir.} names that no module on the class path knows, each with the nearest name that exists. Another
 * version or another module of Weir may know them, so a module that is used alone goes on: a line for each of them is written
 * once in a process, however many modules read the settings.
 */
final class UnknownNames {

    /** Bounded by the names in this process's environment and system properties; beyond that a line may come twice. */
    private static final int MAX_REPORTED = 1_000;

    private static final Set<String> REPORTED = ConcurrentHashMap.newKeySet();

    private final Collection<Setting<?>> known;
    private final Set<String> findings = new TreeSet<>();

    UnknownNames(Collection<Setting<?>> known) {
        this.known = known;
    }

    /**
     * @param shown the name as it was found
     * @param name the same as the name of a system property
     */
    void add(String shown, String name, boolean asVariable) {
        findings.add("unknown setting " + shown + nearest(name, asVariable));
    }

    List<String> findings() {
        return List.copyOf(findings);
    }

    /** Writes one line with what no earlier call has written. */
    void report() {
        Set<String> fresh = new TreeSet<>(findings);
        fresh.removeAll(REPORTED);
        if (fresh.isEmpty()) {
            return;
        }
        if (REPORTED.size() < MAX_REPORTED) {
            REPORTED.addAll(fresh);
        }
        ThrottledLog.of("weir.settings", System::nanoTime)
                .warn(String.join("; ", fresh)
                        + " (it has no effect here; another module or version of Weir may know it)");
    }

    private String nearest(String name, boolean asVariable) {
        Setting<?> best = best(name);
        if (best == null) {
            return "";
        }
        return ", did you mean " + (asVariable ? best.environmentName() : best.name()) + "?";
    }

    private @Nullable Setting<?> best(String name) {
        Setting<?> best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (Setting<?> candidate : known) {
            if (candidate.name().startsWith(Settings.PREFIX)) {
                int distance = distance(name, candidate.name());
                if (distance < bestDistance) {
                    bestDistance = distance;
                    best = candidate;
                }
            }
        }
        return best;
    }

    /** Levenshtein's edit distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Who exports a signal, as {@code otel.traces.exporter} and its siblings say it: Weir takes the place of {@code otlp} and
 * leaves the others to the SDK. Immutable.
 *
 * @param otlp whether Weir exports the signal: it is named, or nobody is
 * @param others what is left for the SDK, in the form of the setting; {@code none} when nothing is
 */
public record ExporterChoice(boolean otlp, String others) {

    private static final String OTLP = "otlp";

    /** The choice out of the names in the setting, which may be empty. */
    public static ExporterChoice of(Collection<String> named) {
        Set<String> others = new LinkedHashSet<>(named);
        boolean otlp = others.remove(OTLP) || named.isEmpty();
        return new ExporterChoice(otlp, others.isEmpty() ? "none" : String.join(",", others));
    }
}

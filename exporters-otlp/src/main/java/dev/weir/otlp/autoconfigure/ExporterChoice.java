// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.autoconfigure;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The exporters of a signal that {@code otel.traces.exporter} and its siblings name: Weir replaces {@code otlp}, the
 * SDK keeps the others. Immutable.
 *
 * @param otlp whether Weir exports the signal: {@code otlp} is named, or no exporter is
 * @param others the exporters of the SDK, in the form of the setting; {@code none} when there is none
 * @since 0.1
 */
public record ExporterChoice(boolean otlp, String others) {

    private static final String OTLP = "otlp";

    /**
     * Divides the names in the setting.
     *
     * @param named empty when the setting is not set
     * @return the choice for these names
     */
    public static ExporterChoice of(Collection<String> named) {
        Set<String> others = new LinkedHashSet<>(named);
        boolean otlp = others.remove(OTLP) || named.isEmpty();
        return new ExporterChoice(otlp, others.isEmpty() ? "none" : String.join(",", others));
    }
}

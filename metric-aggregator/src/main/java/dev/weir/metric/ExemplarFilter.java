// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

/**
 * Which records may become exemplars; the values of {@code OTEL_METRICS_EXEMPLAR_FILTER}.
 *
 * @since 0.1
 */
public enum ExemplarFilter {
    /** Those of sampled traces. */
    TRACE_BASED,
    /** All that belong to a trace. */
    ALWAYS_ON,
    /** None. */
    ALWAYS_OFF
}

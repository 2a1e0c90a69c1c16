// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * What is measured. A record is one span, one log record or one metric data point.
 *
 * @since 0.1
 */
public enum Signal {
    /** Spans. */
    TRACES,
    /** Log records. */
    LOGS,
    /** Metric data points. */
    METRICS;

    private final String label = name().toLowerCase(java.util.Locale.ROOT);

    /** {@return the name in messages and attributes: {@code traces}, {@code logs} or {@code metrics}} */
    public String label() {
        return label;
    }
}

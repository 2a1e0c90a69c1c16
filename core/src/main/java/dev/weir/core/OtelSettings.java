// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.List;

/**
 * Settings of OpenTelemetry that several modules read: one name has one declaration.
 *
 * @since 0.1
 */
public final class OtelSettings {

    /**
     * How histograms are aggregated. Without it each module decides: the exporter as OpenTelemetry, Weir's latencies by
     * base 2.
     */
    public static final Setting<String> DEFAULT_HISTOGRAM = Setting.oneOf(
                    "otel.exporter.otlp.metrics.default.histogram.aggregation",
                    "how histograms are aggregated",
                    List.of("explicit_bucket_histogram", "base2_exponential_bucket_histogram"))
            .withoutDefault("explicit for the instruments of the application, base 2 for the latencies of Weir");

    /** How many attributes a span, an event, a link or a log record may have, unless it has a limit of its own. */
    public static final Setting<Integer> ATTRIBUTE_COUNT = limit(
            "otel.attribute.count.limit",
            "attributes of a record",
            "128, of a log record that of weir.log.attributes.max");

    /** How long a text of an attribute may be, in characters, unless the signal has a limit of its own. */
    public static final Setting<Integer> ATTRIBUTE_LENGTH = limit(
            "otel.attribute.value.length.limit",
            "characters of an attribute's value",
            "no limit, of a log record that of weir.log.value.bytes");

    private OtelSettings() {}

    /**
     * Declares a limit without a default: a whole number from 0 on.
     *
     * @param name of the system property, for example {@code otel.attribute.count.limit}
     * @param of what is limited, in words
     * @param fallback what holds while it is not set, in words
     * @return a new setting, to be kept as a constant
     */
    public static Setting<Integer> limit(String name, String of, String fallback) {
        return Setting.integer(name, Integer.MAX_VALUE, 0, Integer.MAX_VALUE, "the most " + of)
                .withoutDefault(fallback);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterBuilder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The scope under which this module reports. Immutable.
 *
 * @param version null for no version
 */
record InstrumentationScope(String name, @Nullable String version) {

    Tracer tracer(OpenTelemetry openTelemetry, String schemaUrl) {
        TracerBuilder builder =
                openTelemetry.getTracerProvider().tracerBuilder(name).setSchemaUrl(schemaUrl);
        if (version != null) {
            builder.setInstrumentationVersion(version);
        }
        return builder.build();
    }

    Meter meter(OpenTelemetry openTelemetry, String schemaUrl) {
        MeterBuilder builder =
                openTelemetry.getMeterProvider().meterBuilder(name).setSchemaUrl(schemaUrl);
        if (version != null) {
            builder.setInstrumentationVersion(version);
        }
        return builder.build();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurablePropagatorProvider;

/**
 * Makes {@code OTEL_PROPAGATORS=weir} mean W3C Trace Context and W3C Baggage as read and written here.
 *
 * @since 0.1
 */
public final class WeirPropagatorProvider implements ConfigurablePropagatorProvider {

    @Override
    public TextMapPropagator getPropagator(ConfigProperties config) {
        return TextMapPropagator.composite(W3cPropagator.instance(), W3cBaggagePropagator.instance());
    }

    @Override
    public String getName() {
        return "weir";
    }
}

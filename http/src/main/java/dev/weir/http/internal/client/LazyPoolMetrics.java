// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.opentelemetry.api.metrics.Meter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.ConnectionProvider.MeterRegistrar;

/** Makes the instruments of {@link PoolMetrics} at the first request for them, and once. Thread-safe. */
public final class LazyPoolMetrics implements Supplier<MeterRegistrar> {

    private final Meter meter;
    private @Nullable MeterRegistrar made;

    /** @param meter where the metrics go */
    public LazyPoolMetrics(Meter meter) {
        this.meter = meter;
    }

    @Override
    public synchronized MeterRegistrar get() {
        MeterRegistrar registrar = made;
        if (registrar == null) {
            registrar = new PoolMetrics(meter);
            made = registrar;
        }
        return registrar;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.names;

import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.transport.HostPort;
import io.netty.util.NetUtil;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks up the addresses of names again and again. Owned by the worker after its construction. */
public final class SpreadNames {

    private final NameResolver resolver;
    private final TelemetryLoop worker;
    private final ThrottledLog log;
    private final Duration refresh;
    private final Map<String, SpreadName> names = new HashMap<>();
    private Registration timer = Registration.NONE;

    public SpreadNames(NameResolver resolver, TelemetryLoop worker, Ticker ticker, Duration refresh) {
        this.resolver = resolver;
        this.worker = worker;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.refresh = refresh;
    }

    /** The name in an endpoint; null when that is a number or a Unix socket. */
    @Nullable
    public SpreadName of(URI endpoint) {
        HostPort address = HostPort.of(endpoint);
        if (endpoint.getFragment() != null || address == null) {
            return null;
        }
        String host = address.host();
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            return null;
        }
        return names.computeIfAbsent(endpoint.getRawAuthority(), authority -> new SpreadName(host, address.port()));
    }

    public void start() {
        if (names.isEmpty()) {
            return;
        }
        worker.execute(this::look);
        timer = worker.scheduleEvery(refresh, this::look);
    }

    private void look() {
        for (SpreadName name : names.values()) {
            resolver.resolve(
                    name.host(),
                    (addresses, failure) -> worker.execute(() -> {
                        if (addresses != null) {
                            name.found(addresses);
                        } else {
                            log.warn(
                                    "the addresses of " + name.host()
                                            + " could not be looked up, the known ones stay in use",
                                    failure);
                        }
                    }));
        }
    }

    public void close() {
        timer.close();
        resolver.close();
    }
}

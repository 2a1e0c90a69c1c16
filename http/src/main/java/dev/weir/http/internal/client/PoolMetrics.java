// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.HttpAttributes;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider.MeterRegistrar;

/**
 * The connection pools of Reactor Netty as metrics: {@code http.client.open_connections} by state, and
 * {@code weir.http.client.pending_acquires}. Give it to
 * {@code ConnectionProvider.builder(…).metrics(true, () -> registrar)}.
 *
 * <p>Thread-safe. Pools are summed up by the server's address and port, because the number of their ids has no bound.
 * At most {@value #MAX_SERVERS} servers are distinguished, the rest are one {@code _OTHER}; Unix domain sockets are one
 * {@code unix}.
 */
public final class PoolMetrics implements MeterRegistrar {

    /** How many servers are distinguished. */
    public static final int MAX_SERVERS = 200;

    private static final AttributeKey<String> STATE = AttributeKey.stringKey("http.connection.state");
    private static final Server OTHER = new Server("_OTHER", 0);
    private static final Server UNIX = new Server("unix", 0);

    private final Map<Pool, ConnectionPoolMetrics> pools = new ConcurrentHashMap<>();

    /** @param meter where the metrics go */
    public PoolMetrics(Meter meter) {
        meter.upDownCounterBuilder("http.client.open_connections")
                .setUnit("{connection}")
                .setDescription("Number of outbound HTTP connections that are currently active or idle on the client.")
                .buildWithCallback(measurement -> {
                    report(measurement, "active", ConnectionPoolMetrics::acquiredSize);
                    report(measurement, "idle", ConnectionPoolMetrics::idleSize);
                });
        meter.upDownCounterBuilder("weir.http.client.pending_acquires")
                .setUnit("{request}")
                .setDescription("Number of requests that wait for a connection of a pool.")
                .buildWithCallback(measurement -> report(measurement, "", ConnectionPoolMetrics::pendingAcquireSize));
    }

    @Override
    public void registerMetrics(
            String poolName, String id, SocketAddress remoteAddress, ConnectionPoolMetrics metrics) {
        pools.put(new Pool(poolName, id, Server.of(remoteAddress)), metrics);
    }

    @Override
    public void deRegisterMetrics(String poolName, String id, SocketAddress remoteAddress) {
        pools.remove(new Pool(poolName, id, Server.of(remoteAddress)));
    }

    private void report(
            ObservableLongMeasurement measurement, String state, ToIntFunction<ConnectionPoolMetrics> size) {
        Map<Server, Long> sums = new HashMap<>();
        pools.forEach((pool, metrics) -> {
            boolean known = sums.containsKey(pool.server) || sums.size() < MAX_SERVERS;
            sums.merge(known ? pool.server : OTHER, (long) size.applyAsInt(metrics), Long::sum);
        });
        sums.forEach((server, sum) -> measurement.record(sum, server.attributes(state)));
    }

    private record Pool(String name, String id, Server server) {}

    private record Server(String address, int port) {

        static Server of(SocketAddress remote) {
            // The number of socket paths has no bound: each process may make a new one.
            return remote instanceof InetSocketAddress address
                    ? new Server(address.getHostString(), address.getPort())
                    : UNIX;
        }

        Attributes attributes(String state) {
            var attributes = Attributes.builder().put(HttpAttributes.SERVER_ADDRESS, address);
            if (port != 0) {
                attributes.put(HttpAttributes.SERVER_PORT, (long) port);
            }
            if (!state.isEmpty()) {
                attributes.put(STATE, state);
            }
            return attributes.build();
        }
    }
}

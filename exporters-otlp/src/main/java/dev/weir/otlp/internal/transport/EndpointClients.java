// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.ThrottledLog;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import reactor.netty.http.client.HttpClient;

/**
 * Makes the client of each endpoint: plain or with TLS, over TCP or a Unix socket, with the versions of HTTP. Used by
 * one thread until the export has started.
 */
public final class EndpointClients {

    private final Clients clients;
    private final TelemetryRuntime runtime;
    private final Versions versions;
    private final Duration reload;
    private final Map<String, Supplier<HttpClient>> secure = new HashMap<>();
    private final List<Registration> registrations = new ArrayList<>();

    /**
     * @param versions for OTLP/HTTP
     * @param reload time between two checks of TLS files for changes
     */
    public EndpointClients(Clients clients, TelemetryRuntime runtime, Versions versions, Duration reload) {
        this.clients = clients;
        this.runtime = runtime;
        this.versions = versions;
        this.reload = reload;
    }

    /** The target for requests to {@code endpoint}. */
    public Target of(boolean grpc, TlsFiles tls, URI endpoint) {
        Versions versions = grpc ? Versions.HTTP_2 : this.versions;
        if (endpoint.getScheme().equals("https")) {
            Supplier<HttpClient> client = secure(versions, tls);
            return versions == Versions.HTTP_1_OR_2
                    ? Target.negotiated(client, secure(Versions.HTTP_1, tls), endpoint)
                    : Target.of(client, endpoint);
        }
        HttpClient client = clients.plain(versions);
        Target target = Target.of(() -> client, endpoint);
        String socket = endpoint.getFragment();
        if (socket == null) {
            return target;
        }
        DomainSocketAddress address = new DomainSocketAddress(socket);
        return target.at(() -> address);
    }

    private Supplier<HttpClient> secure(Versions versions, TlsFiles files) {
        return secure.computeIfAbsent(versions + " " + files, key -> {
            if (files.present().isEmpty()) {
                HttpClient client = clients.secure(versions, TlsMaterial.NONE);
                return () -> client;
            }
            ReloadingClient client = new ReloadingClient(
                    files,
                    material -> clients.secure(versions, material),
                    ThrottledLog.of("weir.otlp", runtime.ticker()::nanoTime));
            TelemetryLoop io = runtime.threads().io();
            registrations.add(io.scheduleEvery(reload, client::check));
            return client;
        });
    }

    /** Stops the checks of TLS files. */
    public void close() {
        registrations.forEach(Registration::close);
    }
}

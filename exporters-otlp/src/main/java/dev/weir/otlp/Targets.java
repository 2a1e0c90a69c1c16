// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.ReloadingClient;
import dev.weir.otlp.internal.transport.Target;
import dev.weir.otlp.internal.transport.TlsFiles;
import dev.weir.otlp.internal.transport.TlsMaterial;
import dev.weir.otlp.internal.transport.Versions;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import reactor.netty.http.client.HttpClient;

/** Finds the way to each address: plain or with TLS, over TCP or a Unix socket, by which versions of HTTP. */
final class Targets {

    private final Clients clients;
    private final TelemetryRuntime runtime;
    private final HttpVersion version;
    private final Duration reload;
    private final Map<String, Supplier<HttpClient>> secure = new HashMap<>();
    private final List<Registration> registrations = new ArrayList<>();

    Targets(Clients clients, TelemetryRuntime runtime) {
        this.clients = clients;
        this.runtime = runtime;
        this.version = runtime.settings().get(OtlpSettings.HTTP_VERSION);
        this.reload = runtime.settings().get(OtlpSettings.TLS_RELOAD);
    }

    Target of(SignalConfig config, URI endpoint) {
        Versions versions = config.protocol().isGrpc() ? Versions.HTTP_2 : version.versions();
        if (endpoint.getScheme().equals("https")) {
            Supplier<HttpClient> client = secure(versions, config.tls());
            return versions == Versions.HTTP_1_OR_2
                    ? Target.negotiated(client, secure(Versions.HTTP_1, config.tls()), endpoint)
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

    void close() {
        registrations.forEach(Registration::close);
    }
}

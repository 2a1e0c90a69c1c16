// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.transport.HostPort;
import dev.weir.otlp.internal.transport.TlsFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where one signal goes and how, after OpenTelemetry's rules for {@code OTEL_EXPORTER_OTLP_*}. Immutable.
 *
 * @param endpoints full addresses, of equal worth; at least one
 * @param headers fixed headers, names in lower case
 * @param timeout of one attempt; zero for no limit
 */
record SignalConfig(
        Signal signal,
        OtlpProtocol protocol,
        List<URI> endpoints,
        Map<String, String> headers,
        Duration timeout,
        Compression compression,
        TlsFiles tls) {

    static final int HTTP_PORT = 4318;
    static final int GRPC_PORT = 4317;

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    /** What the program asked for; null where it did not. It wins over the settings. */
    record Wishes(
            @Nullable List<String> endpoints,
            @Nullable OtlpProtocol protocol,
            @Nullable Map<String, String> headers,
            @Nullable Duration timeout,
            @Nullable Compression compression,
            OtlpProtocol fallbackProtocol) {}

    static SignalConfig of(Signal signal, Settings settings, Wishes wishes) {
        String own = wishes.endpoints() == null ? settings.find(OtlpSettings.ENDPOINT.of(signal)) : null;
        String all = wishes.endpoints() == null ? settings.find(OtlpSettings.ENDPOINT.all()) : null;
        List<String> texts = wishes.endpoints() != null
                ? wishes.endpoints()
                : own != null ? split(own) : all != null ? split(all) : List.of();
        OtlpProtocol protocol = protocol(signal, settings, wishes, texts);
        if (own == null && all == null && wishes.endpoints() == null) {
            texts = List.of("http://localhost:" + (protocol.isGrpc() ? GRPC_PORT : HTTP_PORT));
        }
        List<URI> endpoints = new ArrayList<>();
        String name = wishes.endpoints() != null
                ? "endpoint"
                : (own != null ? OtlpSettings.ENDPOINT.of(signal) : OtlpSettings.ENDPOINT.all()).name();
        EndpointText reader = new EndpointText(
                name, signal, protocol, own != null, orElse(find(settings, OtlpSettings.INSECURE, signal), false));
        for (String text : texts) {
            endpoints.add(reader.parse(text));
        }
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " is \"" + (own != null ? own : all) + "\", allowed: addresses separated by commas");
        }
        Map<String, String> headers;
        if (wishes.headers() != null) {
            headers = wishes.headers();
        } else {
            String text = find(settings, OtlpSettings.HEADERS, signal);
            headers = text == null
                    ? Map.of()
                    : HeaderText.parse(
                            whichSet(settings, OtlpSettings.HEADERS, signal).name(), text);
        }
        String key = find(settings, OtlpSettings.CLIENT_KEY, signal);
        String certificate = find(settings, OtlpSettings.CLIENT_CERTIFICATE, signal);
        if ((key == null) != (certificate == null)) {
            throw new IllegalStateException(
                    "otel.exporter.otlp.client.key and otel.exporter.otlp.client.certificate belong together, only one"
                            + " is set");
        }
        return new SignalConfig(
                signal,
                protocol,
                List.copyOf(endpoints),
                headers,
                wishes.timeout() != null
                        ? wishes.timeout()
                        : orElse(find(settings, OtlpSettings.TIMEOUT, signal), DEFAULT_TIMEOUT),
                wishes.compression() != null
                        ? wishes.compression().requireAvailable("compression", SignalConfig.class.getClassLoader())
                        : compression(settings, signal),
                new TlsFiles(path(find(settings, OtlpSettings.CERTIFICATE, signal)), path(key), path(certificate)));
    }

    private static @Nullable Path path(@Nullable String text) {
        return text == null ? null : Path.of(text);
    }

    private static <T> @Nullable T find(Settings settings, OtlpSettings.PerSignal<T> which, Signal signal) {
        T own = settings.find(which.of(signal));
        return own != null ? own : settings.find(which.all());
    }

    private static Setting<?> whichSet(Settings settings, OtlpSettings.PerSignal<?> which, Signal signal) {
        return settings.find(which.of(signal)) != null ? which.of(signal) : which.all();
    }

    private static <T> T orElse(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    private static OtlpProtocol protocol(Signal signal, Settings settings, Wishes wishes, List<String> endpoints) {
        if (wishes.protocol() != null) {
            return wishes.protocol();
        }
        OtlpProtocol set = find(settings, OtlpSettings.PROTOCOL, signal);
        if (set != null) {
            return set;
        }
        if (!endpoints.isEmpty() && endpoints.stream().allMatch(each -> each.matches(".*:" + GRPC_PORT + "/?"))) {
            return OtlpProtocol.GRPC;
        }
        if (!endpoints.isEmpty() && endpoints.stream().allMatch(each -> each.matches(".*:" + HTTP_PORT + "(/.*)?"))) {
            return OtlpProtocol.HTTP_PROTOBUF;
        }
        return wishes.fallbackProtocol();
    }

    /** What looks wrong: the usual port of the other protocol. Begins with a semicolon; empty when nothing does. */
    String hint() {
        int unusual = protocol.isGrpc() ? HTTP_PORT : GRPC_PORT;
        for (URI endpoint : endpoints) {
            HostPort address = HostPort.of(endpoint);
            if (address != null && address.port() == unusual) {
                return "; " + unusual + " is the usual port of "
                        + (protocol.isGrpc() ? "OTLP over HTTP" : "OTLP over gRPC") + ", and the protocol here is "
                        + protocol;
            }
        }
        return "";
    }

    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                parts.add(part.trim());
            }
        }
        return parts;
    }

    /** A name that means something, but not here, counts as one that means nothing. */
    private static Compression compression(Settings settings, Signal signal) {
        Compression asked = orElse(find(settings, OtlpSettings.COMPRESSION, signal), Compression.NONE);
        try {
            return asked.requireAvailable(
                    whichSet(settings, OtlpSettings.COMPRESSION, signal).name(), SignalConfig.class.getClassLoader());
        } catch (IllegalArgumentException e) {
            ThrottledLog.of("weir.settings", System::nanoTime).warn(e.getMessage() + "; it counts as unset");
            return Compression.NONE;
        }
    }

    /** Without header values. */
    @Override
    public String toString() {
        return signal.label() + " → " + endpoints + " (" + protocol + ", "
                + compression.name().toLowerCase(Locale.ROOT) + ", headers " + headers.keySet() + ')';
    }
}

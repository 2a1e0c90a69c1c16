// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.otlp.internal.transport.TlsFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where one signal goes and how, after OpenTelemetry's rules for {@code OTEL_EXPORTER_OTLP_*}. Immutable.
 *
 * @param endpoints full addresses, of equal worth; at least one
 * @param headers fixed headers, names in lower case
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
        if (texts.isEmpty()) {
            texts = List.of("http://localhost:" + (protocol.isGrpc() ? GRPC_PORT : HTTP_PORT));
        }
        List<URI> endpoints = new ArrayList<>();
        String name = wishes.endpoints() != null
                ? "endpoint"
                : (own != null ? OtlpSettings.ENDPOINT.of(signal) : OtlpSettings.ENDPOINT.all()).name();
        EndpointText reader = new EndpointText(name, signal, protocol, own != null, insecure(settings, signal));
        for (String text : texts) {
            endpoints.add(reader.parse(text));
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (wishes.headers() != null) {
            wishes.headers().forEach((key, value) -> headers.put(HeaderText.name(key), HeaderText.value(key, value)));
        } else {
            String text = find(settings, OtlpSettings.HEADERS, signal);
            if (text != null) {
                headers.putAll(HeaderText.parse(
                        whichSet(settings, OtlpSettings.HEADERS, signal).name(), text));
            }
        }
        String key = find(settings, OtlpSettings.CLIENT_KEY, signal);
        String certificate = find(settings, OtlpSettings.CLIENT_CERTIFICATE, signal);
        if ((key == null) != (certificate == null)) {
            throw new IllegalStateException(
                    "otel.exporter.otlp.client.key and otel.exporter.otlp.client.certificate belong together, only one is set");
        }
        return new SignalConfig(
                signal,
                protocol,
                List.copyOf(endpoints),
                headers,
                wishes.timeout() != null ? wishes.timeout() : timeout(settings, signal),
                wishes.compression() != null
                        ? wishes.compression().requireAvailable("compression", SignalConfig.class.getClassLoader())
                        : compression(settings, signal),
                new TlsFiles(path(find(settings, OtlpSettings.CERTIFICATE, signal)), path(key), path(certificate)));
    }

    private static @Nullable Path path(@Nullable String text) {
        return text == null ? null : Path.of(text);
    }

    private static @Nullable String find(Settings settings, OtlpSettings.PerSignal<String> which, Signal signal) {
        String own = settings.find(which.of(signal));
        return own != null ? own : settings.find(which.all());
    }

    private static Setting<String> whichSet(Settings settings, OtlpSettings.PerSignal<String> which, Signal signal) {
        return settings.find(which.of(signal)) != null ? which.of(signal) : which.all();
    }

    private static OtlpProtocol protocol(Signal signal, Settings settings, Wishes wishes, List<String> endpoints) {
        if (wishes.protocol() != null) {
            return wishes.protocol();
        }
        String text = find(settings, OtlpSettings.PROTOCOL, signal);
        if (text != null) {
            return OtlpProtocol.parse(
                    whichSet(settings, OtlpSettings.PROTOCOL, signal).name(), text);
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
            if (endpoint.getPort() == unusual) {
                return "; " + unusual + " is the usual port of "
                        + (protocol.isGrpc() ? "OTLP over HTTP" : "OTLP over gRPC") + ", and the protocol here is "
                        + protocol;
            }
        }
        return "";
    }

    private static boolean insecure(Settings settings, Signal signal) {
        String text = find(settings, OtlpSettings.INSECURE, signal);
        return text != null
                && Setting.flag(
                                whichSet(settings, OtlpSettings.INSECURE, signal)
                                        .name(),
                                false,
                                "insecure")
                        .parse(text);
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

    private static Duration timeout(Settings settings, Signal signal) {
        String text = find(settings, OtlpSettings.TIMEOUT, signal);
        if (text == null) {
            return Duration.ofSeconds(10);
        }
        Setting<Duration> setting = Setting.duration(
                whichSet(settings, OtlpSettings.TIMEOUT, signal).name(),
                Duration.ofSeconds(10),
                Duration.ofMillis(1),
                Duration.ofMinutes(10),
                "how long one attempt may take");
        return setting.parse(text);
    }

    private static Compression compression(Settings settings, Signal signal) {
        String text = find(settings, OtlpSettings.COMPRESSION, signal);
        if (text == null) {
            return Compression.NONE;
        }
        String name = whichSet(settings, OtlpSettings.COMPRESSION, signal).name();
        return Setting.choice(name, Compression.class, Compression.NONE, "compression")
                .parse(text)
                .requireAvailable(name, SignalConfig.class.getClassLoader());
    }

    /** Without header values. */
    @Override
    public String toString() {
        return signal.label() + " → " + endpoints + " (" + protocol + ", "
                + compression.name().toLowerCase(Locale.ROOT) + ", headers " + headers.keySet() + ')';
    }
}

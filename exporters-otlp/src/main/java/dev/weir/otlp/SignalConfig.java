// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.otlp.internal.transport.TlsFiles;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
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
            texts = List.of("http://localhost:" + (protocol == OtlpProtocol.GRPC ? GRPC_PORT : HTTP_PORT));
        }
        List<URI> endpoints = new ArrayList<>();
        for (String text : texts) {
            endpoints.add(endpoint(signal, protocol, text, own != null));
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (wishes.headers() != null) {
            wishes.headers().forEach((name, value) -> headers.put(headerName(name), headerValue(name, value)));
        } else {
            headers.putAll(headers(find(settings, OtlpSettings.HEADERS, signal)));
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
                wishes.compression() != null ? wishes.compression() : compression(settings, signal),
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
            return OtlpProtocol.parse(text);
        }
        if (!endpoints.isEmpty() && endpoints.stream().allMatch(each -> each.matches(".*:" + GRPC_PORT + "/?"))) {
            return OtlpProtocol.GRPC;
        }
        if (!endpoints.isEmpty() && endpoints.stream().allMatch(each -> each.matches(".*:" + HTTP_PORT + "(/.*)?"))) {
            return OtlpProtocol.HTTP_PROTOBUF;
        }
        return wishes.fallbackProtocol();
    }

    /** One full address from what a user wrote. */
    static URI endpoint(Signal signal, OtlpProtocol protocol, String text, boolean asIs) {
        URI uri;
        try {
            uri = new URI(text.trim());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("endpoint is not an address: " + e.getReason(), null);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (scheme.equals("unix")) {
            return unixEndpoint(signal, protocol, uri);
        }
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException(
                    "endpoint must begin with http://, https:// or unix://, was \"" + safe(text) + '"');
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("endpoint must not contain credentials, use headers");
        }
        if (uri.getHost() == null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "endpoint must be scheme, host, port and path, was \"" + safe(text) + '"');
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        if (protocol == OtlpProtocol.GRPC) {
            if (!path.isEmpty() && !path.equals("/")) {
                throw new IllegalArgumentException(
                        "endpoint must not have a path with gRPC, was \"" + safe(text) + '"');
            }
            path = "/" + grpcService(signal) + "/Export";
        } else if (asIs) {
            path = path.isEmpty() ? "/" : path;
        } else {
            path = (path.endsWith("/") ? path : path + "/") + "v1/" + signal.label();
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return URI.create(scheme + "://" + bracketed(uri.getHost()) + ":" + port + path);
    }

    /** {@code unix:///run/otel.sock}: the socket's path becomes the authority's stand-in, kept as the fragment. */
    private static URI unixEndpoint(Signal signal, OtlpProtocol protocol, URI uri) {
        String socket = uri.getPath();
        if (socket == null || socket.length() < 2 || uri.getRawAuthority() != null) {
            throw new IllegalArgumentException("endpoint of a Unix socket must be unix:///path");
        }
        String path = protocol == OtlpProtocol.GRPC ? "/" + grpcService(signal) + "/Export" : "/v1/" + signal.label();
        return URI.create("http://localhost" + path + "#" + uri.getRawPath());
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    private static String safe(String text) {
        return text.replaceAll("//[^/@]*@", "//***@");
    }

    private static String grpcService(Signal signal) {
        return switch (signal) {
            case TRACES -> "opentelemetry.proto.collector.trace.v1.TraceService";
            case LOGS -> "opentelemetry.proto.collector.logs.v1.LogsService";
            case METRICS -> "opentelemetry.proto.collector.metrics.v1.MetricsService";
        };
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
        return Setting.choice(
                        whichSet(settings, OtlpSettings.COMPRESSION, signal).name(),
                        Compression.class,
                        Compression.NONE,
                        "none or gzip")
                .parse(text);
    }

    /** {@code name=value,…} with percent-encoded values, as W3C baggage without properties. */
    static Map<String, String> headers(@Nullable String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (text == null) {
            return headers;
        }
        for (String pair : text.split(",", -1)) {
            if (pair.isBlank()) {
                continue;
            }
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("otel.exporter.otlp.headers must be name=value,…");
            }
            String name = pair.substring(0, equals).trim();
            String value = pair.substring(equals + 1).trim();
            try {
                // A plus sign is a plus sign here.
                value = URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "otel.exporter.otlp.headers: the value of " + name + " is not percent-encoded correctly", null);
            }
            headers.put(headerName(name), headerValue(name, value));
        }
        return headers;
    }

    private static String headerName(String name) {
        String lower = name.trim().toLowerCase(Locale.ROOT);
        if (lower.isEmpty() || !lower.matches("[!#$%&'*+.^_`|~0-9a-z-]+")) {
            throw new IllegalArgumentException("not a header name: \"" + name + '"');
        }
        return lower;
    }

    static String headerValue(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                throw new IllegalArgumentException("the value of header " + name + " contains a line break");
            }
        }
        return value;
    }

    /** Without header values. */
    @Override
    public String toString() {
        return signal.label() + " → " + endpoints + " (" + protocol + ", "
                + compression.name().toLowerCase(Locale.ROOT) + ", headers " + headers.keySet() + ')';
    }
}

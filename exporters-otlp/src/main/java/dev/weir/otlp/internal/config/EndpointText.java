// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.config;

import dev.weir.core.Signal;
import dev.weir.core.internal.UrlRedactor;
import dev.weir.otlp.internal.transport.HostPort;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** The address of a receiver as users write it, by the rules of {@code OTEL_EXPORTER_OTLP_ENDPOINT}. */
public final class EndpointText {

    private static final String HTTP = "http://host:port/path, https://host:port/path, unix:///path";
    private static final String GRPC = "http://host:port, https://host:port, host:port, unix:///path";

    private final String name;
    private final Signal signal;
    private final String protocol;
    private final boolean grpc;
    private final boolean asIs;
    private final boolean insecure;

    /**
     * @param name of the setting, for messages
     * @param protocol its name, for messages
     * @param asIs whether the path is the signal's own and nothing is appended to it
     * @param insecure what an address without a scheme means, with gRPC: http if true, https if false
     */
    public EndpointText(String name, Signal signal, String protocol, boolean grpc, boolean asIs, boolean insecure) {
        this.name = name;
        this.signal = signal;
        this.protocol = protocol;
        this.grpc = grpc;
        this.asIs = asIs;
        this.insecure = insecure;
    }

    /**
     * The full address; that of a Unix socket has the socket's path as its fragment.
     *
     * @throws IllegalArgumentException naming the setting, the value and what is allowed
     */
    public URI parse(String text) {
        URI uri = uri(text);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (scheme.equals("unix")) {
            return unix(uri, text);
        }
        String authority = uri.getRawAuthority();
        if (authority != null && authority.indexOf('@') >= 0) {
            throw new IllegalArgumentException(name + " is \"" + safe(text)
                    + "\", allowed: an address without credentials, which belong into the headers");
        }
        HostPort address = HostPort.of(uri);
        if (!scheme.equals("http") && !scheme.equals("https")
                || address == null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw invalid(text);
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        if (grpc) {
            if (!path.isEmpty() && !path.equals("/")) {
                throw invalid(text);
            }
            path = method();
        } else if (asIs) {
            path = path.isEmpty() ? "/" : path;
        } else {
            path = (path.endsWith("/") ? path : path + "/") + "v1/" + signal.label();
        }
        int port = address.port() >= 0 ? address.port() : scheme.equals("https") ? 443 : 80;
        return URI.create(scheme + "://" + address.host() + ":" + port + path);
    }

    /**
     * Checks that {@code text} is an address with one of the protocols.
     *
     * @param name of the setting, for messages
     * @throws IllegalArgumentException naming the setting, the value and what is allowed
     */
    public static void requireAddress(String name, String text) {
        EndpointText http = new EndpointText(name, Signal.TRACES, "HTTP", false, false, false);
        EndpointText grpc = new EndpointText(name, Signal.TRACES, "gRPC", true, false, false);
        if (!http.isAddress(text) && !grpc.isAddress(text)) {
            throw new IllegalArgumentException(name + " is \"" + safe(text) + "\", allowed: " + HTTP + ", host:port");
        }
    }

    private boolean isAddress(String text) {
        try {
            parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private URI uri(String text) {
        String address = text.trim();
        if (grpc && !address.contains("://") && !address.startsWith("unix:")) {
            address = (insecure ? "http://" : "https://") + address;
        }
        try {
            return new URI(address);
        } catch (URISyntaxException e) {
            throw invalid(text);
        }
    }

    /** {@code unix:///run/otel.sock}: the socket's path is kept as the fragment. */
    private URI unix(URI uri, String text) {
        String socket = uri.getPath();
        if (socket == null || socket.length() < 2 || uri.getRawAuthority() != null) {
            throw invalid(text);
        }
        String path = grpc ? method() : "/v1/" + signal.label();
        return URI.create("http://localhost" + path + "#" + uri.getRawPath());
    }

    private String method() {
        String service = switch (signal) {
            case TRACES -> "opentelemetry.proto.collector.trace.v1.TraceService";
            case LOGS -> "opentelemetry.proto.collector.logs.v1.LogsService";
            case METRICS -> "opentelemetry.proto.collector.metrics.v1.MetricsService";
        };
        return "/" + service + "/Export";
    }

    private IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                name + " is \"" + safe(text) + "\", allowed with " + protocol + ": " + (grpc ? GRPC : HTTP));
    }

    private static String safe(String text) {
        return UrlRedactor.standard().text(text);
    }
}

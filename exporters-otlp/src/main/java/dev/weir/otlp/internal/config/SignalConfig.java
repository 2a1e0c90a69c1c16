// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.config;

import dev.weir.core.Signal;
import dev.weir.otlp.internal.transport.ContentCoding;
import dev.weir.otlp.internal.transport.HostPort;
import dev.weir.otlp.internal.transport.TlsFiles;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Where one signal is sent and how. Immutable.
 *
 * @param protocol its name in {@code OTEL_EXPORTER_OTLP_PROTOCOL}
 * @param endpoints full addresses, of equal worth; at least one
 * @param headers fixed headers, names in lower case
 * @param timeout of one attempt; zero for no limit
 */
public record SignalConfig(
        Signal signal,
        String protocol,
        List<URI> endpoints,
        Map<String, String> headers,
        Duration timeout,
        ContentCoding coding,
        TlsFiles tls) {

    /** The port on which a receiver of OTLP over HTTP listens. */
    public static final int HTTP_PORT = 4318;
    /** The port on which a receiver of OTLP over gRPC listens. */
    public static final int GRPC_PORT = 4317;

    public boolean isGrpc() {
        return protocol.equals("grpc");
    }

    public boolean isJson() {
        return protocol.equals("http/json");
    }

    /**
     * What looks wrong: the usual port of the other protocol. Begins with a semicolon; empty when nothing looks wrong.
     */
    public String hint() {
        int unusual = isGrpc() ? HTTP_PORT : GRPC_PORT;
        for (URI endpoint : endpoints) {
            HostPort address = HostPort.of(endpoint);
            if (address != null && address.port() == unusual) {
                return "; " + unusual + " is the usual port of " + (isGrpc() ? "OTLP over HTTP" : "OTLP over gRPC")
                        + ", and the protocol here is " + protocol;
            }
        }
        return "";
    }

    /** Without header values. */
    @Override
    public String toString() {
        return signal.label() + " → " + endpoints + " (" + protocol + ", " + coding.label() + ", headers "
                + headers.keySet() + ')';
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.Locale;

/**
 * The protocol that batches are sent with.
 *
 * @since 0.1
 */
public enum OtlpProtocol {
    /** Binary protobuf in HTTP requests; a Collector listens on port 4318. */
    HTTP_PROTOBUF("http/protobuf"),
    /** JSON in HTTP requests, for receivers that accept nothing else and for debugging: larger and slower. */
    HTTP_JSON("http/json"),
    /** gRPC unary calls over HTTP/2; a Collector listens on port 4317. */
    GRPC("grpc");

    private final String text;

    OtlpProtocol(String text) {
        this.text = text;
    }

    /**
     * Finds a protocol by its name in {@code OTEL_EXPORTER_OTLP_PROTOCOL}.
     *
     * @param name in upper or lower case, for example {@code http/protobuf}; blanks around it are ignored
     * @return the protocol of that name
     * @throws IllegalArgumentException for another name
     */
    public static OtlpProtocol parse(String name) {
        String wanted = name.trim().toLowerCase(Locale.ROOT);
        for (OtlpProtocol protocol : values()) {
            if (protocol.text.equals(wanted)) {
                return protocol;
            }
        }
        throw new IllegalArgumentException(
                "otel.exporter.otlp.protocol is \"" + name + "\", allowed: http/protobuf, http/json, grpc");
    }

    boolean isGrpc() {
        return this == GRPC;
    }

    /** The name in {@code OTEL_EXPORTER_OTLP_PROTOCOL}. */
    @Override
    public String toString() {
        return text;
    }
}

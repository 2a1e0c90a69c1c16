// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.otlp.internal.transport.Versions;

/** The version of HTTP for OTLP/HTTP; gRPC is always HTTP/2. */
enum HttpVersion {
    /** With TLS the one that the receiver chooses, HTTP/2 preferred; without TLS HTTP/1.1. */
    AUTO(Versions.HTTP_1_OR_2),
    /** HTTP/1.1. */
    HTTP1(Versions.HTTP_1),
    /** HTTP/2, without TLS by prior knowledge. */
    HTTP2(Versions.HTTP_2);

    private final Versions versions;

    HttpVersion(Versions versions) {
        this.versions = versions;
    }

    Versions versions() {
        return versions;
    }
}

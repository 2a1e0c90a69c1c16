// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

/** The versions of HTTP for requests to a receiver. */
public enum Versions {
    /** One request at a time on each connection. */
    HTTP_1,
    /** The version that the receiver chooses in the TLS handshake; without TLS the same as {@link #HTTP_1}. */
    HTTP_1_OR_2,
    /** Many requests at a time on one connection; without TLS from the first byte on. */
    HTTP_2
}

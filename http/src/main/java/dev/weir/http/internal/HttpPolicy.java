// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.internal.UrlRedactor;

/**
 * The settings of one {@code HttpTelemetry}, final and ready for use. Immutable.
 *
 * @param spanPolicy which spans are made
 * @param bodySizes whether body bytes are counted, as attributes and metrics
 * @param methods the methods that are reported by name
 * @param redactor removes secrets from URLs and texts
 */
public record HttpPolicy(
        SpanPolicy spanPolicy,
        boolean bodySizes,
        Methods methods,
        UrlRedactor redactor,
        ServerPolicy server,
        ClientPolicy client) {

    /** Whether HTTP spans are made. */
    public boolean spans() {
        return spanPolicy.enabled();
    }
}

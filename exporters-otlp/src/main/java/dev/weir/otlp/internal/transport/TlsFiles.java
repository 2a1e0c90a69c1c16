// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * PEM files for TLS. Immutable.
 *
 * @param trusted certificates to trust; null for those of the JVM
 * @param key the client's key; null for none
 * @param certificates the client's certificates; null for none
 */
public record TlsFiles(
        @Nullable Path trusted,
        @Nullable Path key,
        @Nullable Path certificates) {

    /** Nothing but what the JVM trusts. */
    public static final TlsFiles NONE = new TlsFiles(null, null, null);

    public boolean isEmpty() {
        return trusted == null && key == null && certificates == null;
    }
}

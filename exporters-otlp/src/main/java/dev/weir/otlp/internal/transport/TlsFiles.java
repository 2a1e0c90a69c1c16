// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * PEM files for TLS. Immutable.
 *
 * @param trusted certificates to trust; null for those of the JVM
 * @param key the client's key, in PKCS#8 form or in the older ones of RSA (PKCS#1) and EC (SEC 1), without a password;
 *     null for none
 * @param certificates the client's certificates; null for none
 */
public record TlsFiles(
        @Nullable Path trusted,
        @Nullable Path key,
        @Nullable Path certificates) {

    /** Those that are set. */
    public List<Path> present() {
        return Stream.of(trusted, key, certificates).filter(Objects::nonNull).toList();
    }
}

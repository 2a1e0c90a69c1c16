// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.otlp.internal.transport.ContentCoding;
import org.jspecify.annotations.Nullable;

/**
 * How payloads are compressed.
 *
 * @since 0.1
 */
public enum Compression {
    /** Not at all. */
    NONE(ContentCoding.IDENTITY, null),
    /** gzip, which every receiver supports. */
    GZIP(ContentCoding.GZIP, null),
    /**
     * Zstandard, which Collectors support: faster and smaller than gzip; needs {@code com.github.luben:zstd-jni} on the
     * class path.
     */
    ZSTD(ContentCoding.ZSTD, "com.github.luben.zstd.ZstdCompressCtx");

    private final ContentCoding coding;
    private final @Nullable String neededClass;

    Compression(ContentCoding coding, @Nullable String neededClass) {
        this.coding = coding;
        this.neededClass = neededClass;
    }

    ContentCoding coding() {
        return coding;
    }

    /**
     * This, if its classes are there.
     *
     * @param setting the name for the message
     * @throws IllegalArgumentException when they are not
     */
    Compression requireAvailable(String setting, @Nullable ClassLoader loader) {
        if (neededClass != null) {
            try {
                Class.forName(neededClass, false, loader);
            } catch (ClassNotFoundException | LinkageError e) {
                throw new IllegalArgumentException(
                        setting + " is \"" + coding.label()
                                + "\", allowed without com.github.luben:zstd-jni on the class path: none, gzip",
                        e);
            }
        }
        return this;
    }
}

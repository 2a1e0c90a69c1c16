// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How payloads are compressed. */
public enum Compression {
    /** Not at all. */
    NONE(null),
    /** gzip, which every receiver understands. */
    GZIP(null),
    /** Zstandard, which Collectors understand: faster and smaller; needs {@code com.github.luben:zstd-jni} on the class path. */
    ZSTD("com.github.luben.zstd.ZstdCompressCtx");

    private final @Nullable String neededClass;

    Compression(@Nullable String neededClass) {
        this.neededClass = neededClass;
    }

    /** The name in HTTP headers. */
    String encoding() {
        return name().toLowerCase(Locale.ROOT);
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
                        setting + " is \"" + encoding()
                                + "\", allowed without com.github.luben:zstd-jni on the class path: none, gzip",
                        e);
            }
        }
        return this;
    }
}

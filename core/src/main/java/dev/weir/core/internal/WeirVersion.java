// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The version of Weir, which the build writes beside the classes: unlike the one in a jar's manifest it is there in an uber jar
 * as well. Thread-safe.
 */
public final class WeirVersion {

    private static final String RESOURCE = "version.properties";
    private static final @Nullable String VERSION = read();

    private WeirVersion() {}

    /** For example {@code 1.2.0}; null for classes that no build has packaged. */
    public static @Nullable String orNull() {
        return VERSION;
    }

    /** The version, or {@code otherwise} for classes that no build has packaged. */
    public static String or(String otherwise) {
        String version = VERSION;
        return version == null ? otherwise : version;
    }

    private static @Nullable String read() {
        try (InputStream file = WeirVersion.class.getResourceAsStream(RESOURCE)) {
            return file == null ? null : read(file);
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Null where the build has not replaced its variable. */
    static @Nullable String read(InputStream file) throws IOException {
        Properties properties = new Properties();
        properties.load(file);
        String version = properties.getProperty("version", "").trim();
        return version.isEmpty() || version.startsWith("${") ? null : version;
    }
}

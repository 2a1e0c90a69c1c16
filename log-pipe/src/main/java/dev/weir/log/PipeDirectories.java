// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Setting;
import dev.weir.core.spi.Choices;
import dev.weir.log.internal.disk.PipeDirectory;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the directory of a pipe: the one that was set, else the first free one of {@value #NUMBERED} directories of the user and the
 * service below {@code java.io.tmpdir}. Immutable and thread-safe.
 */
final class PipeDirectories {

    private static final int NUMBERED = 8;
    private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

    private final @Nullable Path chosen;
    private final @Nullable Path chosenForRings;
    private final @Nullable String service;

    /** @throws IllegalArgumentException when a text is no path */
    PipeDirectories(Choices.Values values, Resource resource) {
        this.chosen = path(values, LogSettings.DIRECTORY);
        this.chosenForRings = path(values, LogSettings.RING_DIRECTORY);
        this.service = resource.getAttribute(SERVICE_NAME);
    }

    private static @Nullable Path path(Choices.Values values, Setting<String> setting) {
        String text = values.find(setting);
        try {
            return text == null ? null : Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    setting.name() + " is \"" + text + "\", allowed: a path of the default file system", e);
        }
    }

    /**
     * Locks the directory.
     *
     * @throws IOException when there is none that this pipe can use
     */
    PipeDirectory lock() throws IOException {
        if (chosen != null) {
            return PipeDirectory.open(chosen);
        }
        // A second instance of the service on this machine takes the next one.
        IOException last = null;
        for (Path path : defaults()) {
            try {
                return PipeDirectory.openGuessable(path);
            } catch (IOException e) {
                last = e;
                if (!Files.isDirectory(path)) {
                    break;
                }
            }
        }
        throw last == null ? new IOException("no directory") : last;
    }

    /** The directories of the service that exist and that no instance uses; locked. None when a directory was set. */
    List<PipeDirectory> unused(StoreOpener opener) {
        if (chosen != null || opener.directory() == null) {
            return List.of();
        }
        List<PipeDirectory> unused = new ArrayList<>();
        for (Path path : defaults()) {
            if (Files.isDirectory(path)) {
                try {
                    unused.add(PipeDirectory.openGuessable(path));
                } catch (IOException inUse) {
                    // The instance that uses it sends its records.
                }
            }
        }
        return unused;
    }

    /** The directory of the files of rings. */
    Path ofRings(PipeDirectory home) {
        return chosenForRings != null ? chosenForRings : home.path();
    }

    private List<Path> defaults() {
        Path base = Path.of(
                System.getProperty("java.io.tmpdir", "."),
                "weir-" + clean(System.getProperty("user.name", "user")),
                clean(service == null ? "unknown_service" : service));
        List<Path> all = new ArrayList<>();
        for (int i = 1; i <= NUMBERED; i++) {
            all.add(i == 1 ? base : base.resolveSibling(base.getFileName() + "-" + i));
        }
        return all;
    }

    private static String clean(String name) {
        String clean = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "_");
        return clean.isEmpty() || clean.startsWith(".") ? "_" + clean : clean;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads and removes directories. A disk that fails in the middle of a listing is an {@link IOException} here; the JDK throws an
 * unchecked exception then. Stateless and thread-safe.
 */
public final class Directories {

    private Directories() {}

    /**
     * What is in {@code directory}, in the order of the names.
     *
     * @throws IOException when it cannot be read
     */
    public static List<Path> list(Path directory) throws IOException {
        return list(directory, "*");
    }

    /**
     * As {@link #list(Path)}, only the names that match.
     *
     * @param glob as in {@link Files#newDirectoryStream(Path, String)}
     * @throws IOException when it cannot be read
     */
    public static List<Path> list(Path directory, String glob) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
            files.forEach(found::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(found);
        return found;
    }

    /**
     * {@code directory} and what is in it, down to {@code depth} levels; a directory comes before what is in it.
     *
     * @throws IOException when a part cannot be read
     */
    public static List<Path> tree(Path directory, int depth) throws IOException {
        try (Stream<Path> all = Files.walk(directory, depth)) {
            return all.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Removes {@code directory} with all that is in it; does nothing when there is none.
     *
     * @throws IOException when a part cannot be read or removed
     */
    public static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> all = new ArrayList<>(tree(directory, Integer.MAX_VALUE));
        Collections.reverse(all);
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}

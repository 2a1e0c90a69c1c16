// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files that this process has open, where the system can tell. */
final class OpenFiles {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private OpenFiles() {}

    /** Those in {@code directory}; none where the system cannot tell. */
    static List<Path> in(Path directory) {
        List<Path> open = new ArrayList<>();
        if (!Files.isDirectory(DESCRIPTORS)) {
            return open;
        }
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    Path file = Files.readSymbolicLink(descriptor);
                    if (file.startsWith(directory.toRealPath())) {
                        open.add(file);
                    }
                } catch (IOException closedMeanwhile) {
                    // It is not open any more.
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return open;
    }
}

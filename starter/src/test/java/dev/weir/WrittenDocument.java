// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file in {@code docs} that the build makes and compares. With {@code -Dbuild.docs=write} a test writes it instead. */
final class WrittenDocument {

    private static final String PROPERTY = "build.docs";

    private final Path file;

    private WrittenDocument(Path file) {
        this.file = file;
    }

    static WrittenDocument of(String name) {
        return new WrittenDocument(Path.of("..", "docs").resolve(name));
    }

    void assertIs(String text) {
        try {
            if ("write".equals(System.getProperty(PROPERTY))) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, text);
            }
            assertThat(file)
                    .as("%s is not what the build makes; a test with -D%s=write makes it new", file, PROPERTY)
                    .content()
                    .isEqualToNormalizingNewlines(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

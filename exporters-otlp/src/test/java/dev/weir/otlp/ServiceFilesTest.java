// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the jar promises to service loaders is in it, whatever was left out of this build. */
class ServiceFilesTest {

    private static final Path SERVICES;

    static {
        try {
            Path classes = Path.of(OtlpExport.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            SERVICES = classes.resolve("META-INF/services");
        } catch (java.net.URISyntaxException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Test
    void everyProviderThatIsNamed_isThere() throws Exception {
        List<String> providers = new ArrayList<>();
        try (Stream<Path> files = Files.list(SERVICES)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                providers.addAll(names(file));
            }
        }

        assertThat(providers).isNotEmpty();
        for (String provider : providers) {
            assertThat(Class.forName(provider).getConstructor()).isNotNull();
        }
    }

    private static List<String> names(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(String::trim)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeirVersionTest {

    private static @Nullable String read(String file) throws IOException {
        return WeirVersion.read(new ByteArrayInputStream(file.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void version_isWhatTheBuildWrote() throws IOException {
        assertThat(read("version=1.2.0\n")).isEqualTo("1.2.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "version=", "version=${project.version}", "other=1"})
    void version_isUnknown_whereTheBuildWroteNone(String file) throws IOException {
        assertThat(read(file)).isNull();
    }

    @Test
    void or_isTheVersionWhereThereIsOne() {
        assertThat(WeirVersion.or("none")).isEqualTo(WeirVersion.orNull() == null ? "none" : WeirVersion.orNull());
    }

    @Test
    void file_isBesideTheClass() {
        assertThat(WeirVersion.class.getResource("version.properties")).isNotNull();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExporterChoiceTest {

    @ParameterizedTest
    @CsvSource({
        "'', true, none",
        "otlp, true, none",
        "otlp;otlp, true, none",
        "console;otlp;zipkin, true, 'console,zipkin'",
        "console, false, console",
        "none, false, none"
    })
    void otlpIsOurs_theRestIsTheSdks(String named, boolean otlp, String others) {
        List<String> names = named.isEmpty() ? List.of() : List.of(named.split(";"));

        assertThat(ExporterChoice.of(names)).isEqualTo(new ExporterChoice(otlp, others));
    }
}

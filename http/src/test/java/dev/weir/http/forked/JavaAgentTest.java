// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.forked;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JavaAgentTest {

    @Test
    void besideTheJavaagent_aCallHasOneSpanAtEachSideAndOneLineSaysWhy() throws Exception {
        String output = ForkedJvm.run(
                JavaAgentMain.class,
                "-javaagent:" + ForkedJvm.agentJar(),
                "-Dotel.traces.exporter=console",
                "-Dotel.metrics.exporter=none",
                "-Dotel.logs.exporter=none");
        List<String> lines = output.lines().toList();

        assertThat(lines)
                .as(output)
                .filteredOn(line -> line.contains("LoggingSpanExporter"))
                .satisfies(spans -> {
                    assertThat(spans)
                            .filteredOn(line -> line.contains(" SERVER "))
                            .hasSize(JavaAgentMain.CALLS);
                    assertThat(spans)
                            .filteredOn(line -> line.contains(" CLIENT "))
                            .hasSize(JavaAgentMain.CALLS);
                    assertThat(spans).noneMatch(line -> line.contains("dev.weir.http"));
                });
        assertThat(lines)
                .filteredOn(line -> line.contains("HTTP spans are left to the OpenTelemetry javaagent"))
                .hasSize(1);
        // Nothing called the client within a trace.
        assertThat(lines).contains("outcomes " + 2 * JavaAgentMain.CALLS + ", with a trace " + JavaAgentMain.CALLS);
    }
}

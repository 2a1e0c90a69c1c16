// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class BesideTest {

    private static final AgentShare NOTHING = new AgentShare(false, Set.of());

    @Test
    void line_namesOtherTracing() {
        assertThat(Beside.line(NOTHING, Set.of("brave.Tracing", "io.micrometer.tracing.Tracer")::contains))
                .isEqualTo("Brave, Micrometer Tracing (ids on the console and in headers may be theirs)");
        assertThat(Beside.line(
                        NOTHING,
                        Set.of("org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration")
                                ::contains))
                .startsWith("Spring Boot's OpenTelemetry (");
    }

    @Test
    void line_namesAnAppenderThatMayCaptureTheSameLines() {
        assertThat(Beside.line(NOTHING, type -> type.endsWith("OpenTelemetryAppender")))
                .contains("OpenTelemetry's log appender")
                .contains("weir.logs.capture=false");
    }

    @Test
    void line_isEmptyWhereNothingIsThere() {
        assertThat(Beside.line(NOTHING, LogCapture::present)).isEmpty();
    }

    @Test
    void line_namesWhatTheAgentSends() {
        assertThat(Beside.line(new AgentShare(true, Set.of()), type -> false))
                .isEqualTo("the javaagent sends the log lines");
        assertThat(Beside.line(new AgentShare(false, Set.of("http.server.request.duration")), type -> false))
                .isEqualTo("the javaagent sends the durations of HTTP");
    }
}

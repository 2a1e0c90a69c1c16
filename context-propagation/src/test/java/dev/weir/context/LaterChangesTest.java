// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import brave.Tracing;
import dev.weir.core.HealthContribution;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Hooks;

/** What a framework switches on after the propagation: each test takes it back. */
class LaterChangesTest {

    private static final String MODE =
            "context=compatible now: Reactor's automatic context propagation was switched on after the start";

    private final List<LogRecord> lines = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger("weir.context");
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.addHandler(listener);
    }

    @AfterEach
    void restore() {
        logger.removeHandler(listener);
        Hooks.disableAutomaticContextPropagation();
        Tracing.runs(false);
    }

    @Test
    void automaticModeAfterTheStart_isSaidOnceByTheNextStatus() {
        try (TracePropagation propagation = TracePropagation.enable()) {
            assertThat(propagation.status().tier()).isEqualTo(Tier.LIBRARY);

            Hooks.enableAutomaticContextPropagation();

            assertThat(propagation.status())
                    .isEqualTo(new PropagationStatus(
                            Tier.COMPATIBLE,
                            "weir slot",
                            List.of("Reactor's automatic context propagation was switched on after the start")));
            assertThat(propagation.status().tier()).isEqualTo(Tier.COMPATIBLE);
        }
        assertThat(lines).extracting(LogRecord::getMessage).containsExactly(MODE);
        assertThat(lines).extracting(LogRecord::getLevel).containsExactly(Level.INFO);
    }

    @Test
    void automaticModeAfterTheStart_isSaidByTheWorker_andInTheHealth() {
        try (TelemetryRuntime runtime = runtime();
                TracePropagation propagation = TracePropagation.enable(runtime)) {
            Hooks.enableAutomaticContextPropagation();

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(lines).extracting(LogRecord::getMessage).containsExactly(MODE));
            HealthContribution health = runtime.health().contributions().get(0);
            assertThat(health.status()).isEqualTo(HealthContribution.Status.UP);
            assertThat(health.detail()).contains("switched on after the start");
            assertThat(propagation.status().tier()).isEqualTo(Tier.COMPATIBLE);
        }
    }

    @Test
    void automaticModeBeforeTheStart_isNoChange() {
        Hooks.enableAutomaticContextPropagation();
        try (TracePropagation propagation = TracePropagation.enable()) {
            assertThat(propagation.status()).isEqualTo(new PropagationStatus(Tier.COMPATIBLE, "weir slot", List.of()));
        }
        assertThat(lines).isEmpty();
    }

    @Test
    void otherTracer_isNamedOnce_withWhatFollowsAndWhatToDo() {
        try (TelemetryRuntime runtime = runtime();
                TracePropagation propagation = TracePropagation.enable(runtime)) {
            Tracing.runs(true);

            assertThat(propagation.status().findings())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding)
                            .startsWith("Brave runs beside")
                            .contains(
                                    "traceparent",
                                    "traceId",
                                    "management.tracing.enabled=false",
                                    "weir.http.spans=off"));
            assertThat(runtime.health().status()).isEqualTo(HealthContribution.Status.UP);
        }
        assertThat(lines).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.WARNING);
            assertThat(line.getMessage()).startsWith("Brave runs beside");
        });
    }

    private static TelemetryRuntime runtime() {
        return TelemetryRuntime.create(Settings.builder()
                .systemProperties(Map.of())
                .environment(Map.of())
                .build());
    }
}

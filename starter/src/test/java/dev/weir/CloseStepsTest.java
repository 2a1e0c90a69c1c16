// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import dev.weir.core.Registration;
import dev.weir.core.Settings;
import dev.weir.core.internal.Deadline;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.MDCAdapter;

/** A step of the close that throws, an Error too, keeps no other step from being done. */
@Timeout(120)
class CloseStepsTest {

    private static final int STEPS = 11;

    @TempDir
    Path directory;

    private final List<String> done = new ArrayList<>();
    private final LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();

    static IntStream steps() {
        return IntStream.range(0, STEPS);
    }

    private Installation install() {
        Settings settings = Settings.builder()
                .set("otel.exporter.otlp.endpoint", "http://127.0.0.1:1")
                .set("weir.log.directory", directory.toString())
                .build();
        return new Bootstrap(settings, null, null, false, Registration.NONE).install();
    }

    private static void fail(int step) {
        if (step % 2 == 0) {
            throw new IllegalStateException("a step that fails");
        }
        throw new AssertionError("a step that fails");
    }

    @ParameterizedTest
    @MethodSource("steps")
    void close_whenAStepFails_doesTheOthers(int failing) {
        MDCAdapter before = logback.getMDCAdapter();
        Installation installed = install();
        CloseSteps steps = new CloseSteps();
        for (CloseSteps.Step step : installed.closeSteps().steps()) {
            int number = steps.steps().size();
            steps.then(step.what(), deadline -> {
                done.add(step.what());
                step.action().run(deadline);
                if (number == failing) {
                    fail(number);
                }
            });
        }
        Weir weir = Weir.of(new Installation(
                installed.runtime(),
                installed.openTelemetry(),
                installed.propagation(),
                installed.http(),
                installed.latencies(),
                installed.pipe(),
                installed.export(),
                installed.facts(),
                steps));

        weir.close(Duration.ofSeconds(2));

        assertThat(done).hasSize(STEPS);
        assertThat(threads()).isEmpty();
        assertThat(logback.getMDCAdapter()).isSameAs(before);
    }

    @Test
    void run_whenEveryStepFails_andTheReportToo_doesAll() {
        CloseSteps steps = new CloseSteps();
        for (int i = 0; i < 4; i++) {
            int number = i;
            steps.then("step " + i, deadline -> {
                done.add("step " + number);
                fail(number);
            });
        }
        steps.before("first", deadline -> done.add("first"));

        steps.run(Deadline.in(Duration.ZERO), (what, failure) -> {
            done.add("failed " + what);
            throw new AssertionError("no line can be written");
        });

        assertThat(done)
                .containsExactly(
                        "first",
                        "step 0",
                        "failed step 0",
                        "step 1",
                        "failed step 1",
                        "step 2",
                        "failed step 2",
                        "step 3",
                        "failed step 3");
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("weir-"))
                .collect(Collectors.toSet());
    }
}

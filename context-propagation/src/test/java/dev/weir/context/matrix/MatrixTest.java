// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.ForkedMain;
import java.io.File;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The matrix under each condition, each in a JVM of its own: storage and hooks are once for each process. */
class MatrixTest {

    /** What no hook of Reactor can see: work that the application hands to threads of its own. */
    private static final Set<String> OUTSIDE =
            Set.of("an executor of the application in a lambda", "CompletableFuture.thenApply on a foreign thread");

    /** A sink or a publisher of a library that is handed straight to an operator; the hook of Reactor never meets it. */
    private static final Set<String> UNSEEN = Set.of(
            "Sinks.one inside flatMap",
            "Sinks.one from defer, zip of sinks",
            "a Flux subclass of a library, handed to flatMap");

    private static final String FOREIGN_STORAGE = "-Dio.opentelemetry.context.contextStorageProvider=default";

    /** {@code outside} and {@code unseen}: which of the sets above stay wrong. */
    @ParameterizedTest
    @CsvSource({
        "weir, outside unseen",
        "agent, outside",
        "executors, ''",
        "weir+auto, outside",
        "auto+weir, outside",
        "agent+auto, outside",
        "weir+otel, outside",
        "agent+otel, outside"
    })
    void everyCaseIsRight_exceptWhatIsNamed(String condition, String exceptions) throws Exception {
        check(run(condition), exceptions);
    }

    @ParameterizedTest
    @CsvSource({"weir, outside unseen", "agent, outside", "executors, ''"})
    void everyCaseIsRight_whereTheStorageIsNotOurs(String condition, String exceptions) throws Exception {
        Outcome outcome = run(condition, FOREIGN_STORAGE);

        assertThat(outcome.text).contains("stand-down");
        check(outcome, exceptions);
    }

    @Test
    void everyCaseIsRight_underTheJavaagentOfOpenTelemetry() throws Exception {
        String agent = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains("opentelemetry-javaagent"))
                .findFirst()
                .orElseThrow();
        Outcome outcome = run(
                "weir",
                "-javaagent:" + agent,
                "-Dotel.traces.exporter=none",
                "-Dotel.metrics.exporter=none",
                "-Dotel.logs.exporter=none");

        assertThat(outcome.text).contains("stand-down").contains("AgentContextStorage");
        check(outcome, "future");
    }

    /**
     * Micrometer's Observation alone gets the shared sources, ambient traces and schedulers used by hand wrong; what stays is
     * a hop right below a shared source, where Reactor's own snapshot carries the Observation of the first subscriber.
     */
    @Test
    void observationsOfMicrometer_areRight_exceptAHopBelowASharedSource() throws Exception {
        Outcome outcome = run("observation+weir");

        Set<String> expected = new HashSet<>(OUTSIDE);
        expected.addAll(Set.of(
                "Flux.share(), two traces",
                "Flux.cache(), two traces",
                "replay().autoConnect(), two traces",
                "STRESS: 200 requests, shared cache, hops, sinks"));
        assertThat(expected).as(outcome.text).containsAll(outcome.wrongCases());
        assertThat(outcome.unclean()).as(outcome.text).isZero();
    }

    private static void check(Outcome outcome, String exceptions) {
        Set<String> expected = new HashSet<>();
        if (exceptions.contains("outside")) {
            expected.addAll(OUTSIDE);
        }
        if (exceptions.contains("unseen")) {
            expected.addAll(UNSEEN);
        }
        if (exceptions.contains("future")) {
            expected.add("CompletableFuture.thenApply on a foreign thread");
        }
        assertThat(outcome.wrongCases()).as(outcome.text).isEqualTo(expected);
        assertThat(outcome.unclean()).as(outcome.text).isZero();
    }

    @Test
    void control_aHookThatLeaks_isNoticed() throws Exception {
        Outcome outcome = run("leak");

        assertThat(outcome.unclean()).as(outcome.text).isGreaterThan(50);
    }

    @Test
    void control_withoutPropagation_mostCasesAreWrong() throws Exception {
        assertThat(run("none").wrongCases()).hasSizeGreaterThan(100);
    }

    static Outcome run(String condition, String... jvmArguments) throws Exception {
        String text = ForkedMain.run(MatrixMain.class, List.of(jvmArguments), condition);
        return new Outcome(text);
    }

    /** What the forked JVM printed. */
    record Outcome(String text) {

        Set<String> wrongCases() {
            return text.lines()
                    .filter(line -> line.startsWith("- ") && !line.contains(": [] unclean"))
                    .map(line -> line.substring(2, line.indexOf(": [")))
                    .collect(Collectors.toSet());
        }

        int unclean() {
            String last = text.lines()
                    .filter(line -> line.contains(" unclean "))
                    .reduce((a, b) -> b)
                    .orElse("");
            assertThat(last).as(text).matches(".* \\d+/\\d+ unclean \\d+");
            return Integer.parseInt(last.substring(last.lastIndexOf(' ') + 1));
        }
    }
}

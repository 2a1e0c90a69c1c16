// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.context.ForkedMain;
import dev.weir.context.matrix.Conditions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every lambda of every operator over every kind of source, each mode in a JVM of its own. */
class OperatorsTest {

    /** A mode is run once for all tests, both at the same time. */
    private static final Map<String, CompletableFuture<Outcome>> OUTCOMES = new HashMap<>();

    @TempDir
    static Path directory;

    /** What the forked JVM printed, and the cases that were wrong there. */
    private record Outcome(String text, Set<String> wrong) {

        List<String> linesThatBegin(String word) {
            return text.lines().filter(line -> line.startsWith(word)).toList();
        }
    }

    @BeforeAll
    static void runBothModes() {
        for (String mode : List.of("library", "compatible")) {
            CompletableFuture<Outcome> outcome = new CompletableFuture<>();
            OUTCOMES.put(mode, outcome);
            new Thread(() -> {
                        try {
                            outcome.complete(run(mode));
                        } catch (Throwable failure) {
                            outcome.completeExceptionally(failure);
                        }
                    })
                    .start();
        }
    }

    /** So none is wrong where Reactor's automatic mode is right; {@code OperatorsMain automatic} prints what it does. */
    @ParameterizedTest
    @ValueSource(strings = {"library", "compatible"})
    void everyLambdaHasItsTrace(String mode) throws Exception {
        Outcome outcome = outcome(mode);

        assertThat(outcome.wrong).as(outcome.text).isEmpty();
    }

    /** Also a new method or parameter type of Reactor: it fails here, with its signature, until it is tried, too. */
    @ParameterizedTest
    @ValueSource(strings = {"library", "compatible"})
    void everyOperatorIsTried_andNoPipelineBreaks(String mode) throws Exception {
        assertThat(outcome(mode).linesThatBegin("DEFECT")).isEmpty();
    }

    @Test
    void everyLambdaRunsAtLeastOnce() throws Exception {
        assertThat(outcome("library").linesThatBegin("NEVER RAN")).isEmpty();
    }

    @Test
    void control_withoutPropagation_thousandsAreWrong() throws Exception {
        assertThat(run("none", "Mono.").wrong).hasSizeGreaterThan(10_000);
    }

    @Test
    void argument_ofATypeThatIsNotKnown_isReportedWithItsName() throws Exception {
        Run run = new Run(Conditions.enter("none"), Kind.CREATE, Kind.CREATE, Run.Variant.NONE, Run.Ending.COMPLETE);
        Values values = new Values(run, Operator.all().get(0), false);

        assertThatThrownBy(() -> values.argument(java.util.BitSet.class)).hasMessageContaining("java.util.BitSet");
    }

    private static Outcome outcome(String mode) throws Exception {
        return OUTCOMES.get(mode).get();
    }

    private static Outcome run(String mode, String... part) throws IOException, InterruptedException {
        Path wrong = directory.resolve(mode + ".txt");
        String[] arguments = part.length == 0
                ? new String[] {mode, wrong.toString()}
                : new String[] {mode, wrong.toString(), part[0]};
        String text = ForkedMain.run(OperatorsMain.class, List.of(), arguments);
        assertThat(wrong).as(text).exists();
        return new Outcome(text, withoutGot(Files.readAllLines(wrong)));
    }

    /** Only what is wrong; by which trace is for people. */
    private static Set<String> withoutGot(List<String> lines) {
        Set<String> cases = new HashSet<>();
        lines.forEach(line -> cases.add(line.substring(0, line.lastIndexOf(" | "))));
        return cases;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import dev.weir.context.matrix.Scoping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** All operators over all kinds of sources, and what came of it. */
final class Enumeration {

    /** Of one operator over one kind of source. */
    static final class Outcome {
        final java.util.Set<String> wrong = new TreeSet<>();
        int right;
    }

    private final Scoping scoping;
    private final boolean capturing;
    private final String only;
    private final Map<String, Map<String, Outcome>> outcomes = new TreeMap<>();
    private final Map<String, java.util.Set<String>> defects = new TreeMap<>();
    private final Map<String, Boolean> neverRun = new TreeMap<>();
    private volatile int runs;
    private volatile String now = "";

    Enumeration(Scoping scoping, boolean capturing, String only) {
        this.scoping = scoping;
        this.capturing = capturing;
        this.only = only;
    }

    void runAll() {
        for (Operator operator : Operator.all()) {
            if (operator.toString().contains(only)) {
                run(operator);
            }
        }
    }

    private void run(Operator operator) {
        List<Kind> sources = operator.sourceKinds();
        List<Kind> inners = operator.innerKinds();
        for (Kind source : sources.isEmpty() ? List.of(Kind.CREATE) : sources) {
            run(operator, "source=" + (sources.isEmpty() ? "none" : source), source, Kind.CREATE, false);
        }
        for (Kind inner : inners) {
            if (inner != Kind.CREATE) {
                run(operator, "inner=" + inner, Kind.CREATE, inner, false);
            }
        }
        if (operator.takesScheduler()) {
            run(operator, "scheduler", Kind.CREATE, Kind.CREATE, true);
        }
    }

    private void run(Operator operator, String name, Kind source, Kind inner, boolean unhooked) {
        boolean withInner = !operator.innerKinds().isEmpty();
        for (Run.Variant variant : Run.Variant.values()) {
            if (operator.isTerminal() && variant == Run.Variant.SCOPE) {
                continue;
            }
            for (Run.Ending ending : Run.Ending.values()) {
                if (isLeftOut(operator, source, variant, ending)
                        || ending == Run.Ending.INNER_ERROR && !(withInner && source == Kind.CREATE)) {
                    continue;
                }
                Run run = new Run(scoping, source, inner, variant, ending);
                now = operator + " " + name + " " + variant + "." + ending;
                new Pipeline(operator, run, unhooked, capturing).play();
                note(operator, name, run);
            }
        }
    }

    private static boolean isLeftOut(Operator operator, Kind source, Run.Variant variant, Run.Ending ending) {
        if (operator.isEndless() && source.endsAtOnce()) {
            return ending != Run.Ending.CANCEL || source == Kind.SINK_EMPTY;
        }
        if (operator.blocks()) {
            return ending == Run.Ending.CANCEL || ending == Run.Ending.INNER_ERROR;
        }
        // Who gets no value sees nothing that depends on where the trace comes from.
        return ending == Run.Ending.EMPTY && variant != Run.Variant.SCOPE && source != Kind.CREATE;
    }

    private void note(Operator operator, String name, Run run) {
        runs++;
        String at = operator.toString();
        Outcome outcome =
                outcomes.computeIfAbsent(at, key -> new TreeMap<>()).computeIfAbsent(name, key -> new Outcome());
        for (String place : run.made()) {
            neverRun.putIfAbsent(at + " " + place, true);
        }
        for (Run.Seen seen : run.seen()) {
            neverRun.computeIfPresent(at + " " + seen.place(), (key, before) -> false);
            if (seen.right()) {
                outcome.right++;
            } else {
                outcome.wrong.add(run.variant + "." + run.ending + " " + seen.place() + " | " + seen.wanted() + " | "
                        + seen.got());
            }
        }
        for (String defect : run.defects()) {
            defects.computeIfAbsent(defect, key -> new TreeSet<>())
                    .add(at + " " + name + " " + run.variant + "." + run.ending);
        }
    }

    /** What runs now. */
    String now() {
        return now;
    }

    /** Lambdas that were given to an operator and never called: nothing is known of them. */
    List<String> neverRun() {
        return neverRun.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList();
    }

    int runs() {
        return runs;
    }

    Map<String, java.util.Set<String>> defects() {
        return defects;
    }

    /** {@code operator | kind | variant.ending lambda | wanted | got} */
    List<String> wrong() {
        List<String> lines = new ArrayList<>();
        outcomes.forEach((operator, kinds) -> kinds.forEach(
                (kind, outcome) -> outcome.wrong.forEach(what -> lines.add(operator + " | " + kind + " | " + what))));
        return lines;
    }

    /** A line for each kind: lambdas right, wrong ones by variant, operators with a wrong one. */
    List<String> table() {
        Map<String, int[]> sums = new TreeMap<>();
        outcomes.values()
                .forEach(kinds -> kinds.forEach((kind, outcome) -> {
                    for (String row : List.of(kind, "~ all")) {
                        int[] sum = sums.computeIfAbsent(row, key -> new int[6]);
                        sum[0] += outcome.right;
                        outcome.wrong.forEach(what -> sum[columnOf(what)]++);
                        sum[4]++;
                        sum[5] += outcome.wrong.isEmpty() ? 0 : 1;
                    }
                }));
        List<String> lines = new ArrayList<>();
        lines.add("%-26s %9s %9s %9s %9s %9s %9s"
                .formatted("kind", "right", "SCOPE", "AMBIENT", "NONE", "cases", "not right"));
        sums.forEach((kind, sum) -> lines.add(
                "%-26s %9d %9d %9d %9d %9d %9d".formatted(kind, sum[0], sum[1], sum[2], sum[3], sum[4], sum[5])));
        return lines;
    }

    private static int columnOf(String what) {
        return what.startsWith("SCOPE") ? 1 : what.startsWith("AMBIENT") ? 2 : 3;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs {@link ExchangeBenchmark} so that its figures repeat on a noisy machine: the forks of all modes are interleaved. What else runs on
 * a machine only adds time, so a fork counts with its fastest short iteration; what the compiler chose differs between forks, so a mode
 * counts with the median of its forks.
 *
 * <pre>java … dev.weir.jmh.http.ExchangeTable [forks] [modes] [paths]</pre>
 */
public final class ExchangeTable {

    private static final String BYTES = "gc.alloc.rate.norm";

    private ExchangeTable() {}

    /** The figures of one mode and path, one of each fork. */
    private record Forks(double[] nanos, double[] bytes) {}

    public static void main(String[] arguments) throws RunnerException {
        int forks = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        String[] modes = (arguments.length > 1 ? arguments[1] : "none,sdk,weir,micrometer").split(",");
        String[] paths = (arguments.length > 2 ? arguments[2] : "fast,chain").split(",");
        Map<String, Forks> measured = new LinkedHashMap<>();
        for (int fork = 0; fork < forks; fork++) {
            for (String path : paths) {
                for (String mode : modes) {
                    Forks own = measured.computeIfAbsent(
                            path + ' ' + mode, key -> new Forks(new double[forks], new double[forks]));
                    fork(path, mode, own, fork);
                }
            }
        }
        System.out.println("                   ns [forks]                  spread        B   over none: ns   B");
        measured.forEach((name, own) -> print(name, own, measured.get(name.split(" ")[0] + " none")));
    }

    private static void fork(String path, String mode, Forks own, int fork) throws RunnerException {
        Options options = new OptionsBuilder()
                .include(ExchangeBenchmark.class.getName() + ".exchange$")
                .param("path", path)
                .param("mode", mode)
                .forks(1)
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .build();
        RunResult result = new Runner(options).runSingle();
        Collection<IterationResult> iterations =
                result.getBenchmarkResults().iterator().next().getIterationResults();
        own.nanos[fork] = iterations.stream()
                .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                .min()
                .orElseThrow();
        own.bytes[fork] = median(iterations.stream()
                .mapToDouble(
                        iteration -> iteration.getSecondaryResults().get(BYTES).getScore())
                .toArray());
    }

    private static void print(String name, Forks own, Forks none) {
        double nanos = median(own.nanos);
        double[] sorted = own.nanos.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-17s %6.0f %-24s %4.1f %%  %7.0f%s%n",
                name,
                nanos,
                List.of(Arrays.stream(sorted).mapToObj(Math::round).toArray()),
                (sorted[sorted.length - 1] - sorted[0]) * 100 / nanos,
                median(own.bytes),
                none == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "  %7.0f  %7.0f",
                                nanos - median(none.nanos),
                                median(own.bytes) - median(none.bytes)));
    }

    private static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import dev.weir.jmh.http.MeasuredServer.Round;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The figures of all rounds: medians with their quartiles, and the differences to {@code none} of the same round. CPU and bytes are those
 * of the measured process, to the last span that reached the drain.
 */
final class RoundTable {

    private static final String NONE = "none";

    /** One column: its name, its decimals and its figure of a round. */
    private record Column(String name, int decimals, ToDoubleFunction<Round> figure) {}

    private static final Column LOOP =
            new Column("event loop us", 2, round -> round.used().loopNanos() / 1e3 / requests(round));
    private static final Column OTHERS =
            new Column("other Java threads us", 2, round -> round.used().otherNanos() / 1e3 / requests(round));
    private static final Column BYTES =
            new Column("B", 0, round -> (double) round.used().bytes() / requests(round));
    private static final Column JAVA =
            new Column("both us", 2, round -> round.used().javaNanos() / 1e3 / requests(round));
    private static final List<Column> COLUMNS = List.of(
            LOOP,
            OTHERS,
            BYTES,
            new Column("process us", 2, round -> round.used().cpuNanos() / 1e3 / requests(round)),
            new Column("p50 us", 0, round -> percentile(round, 50)),
            new Column("p99 us", 0, round -> percentile(round, 99)),
            new Column("requests/s", 0, round -> requests(round) * 1e9 / round.nanos()),
            new Column("spans", 3, round -> (double) round.spans() / requests(round)));

    private final List<String> modes;

    /** In the order of the rounds, by path and mode. */
    private final Map<String, List<Round>> rounds = new HashMap<>();

    RoundTable(List<String> modes) {
        this.modes = modes;
    }

    void add(Round round) {
        rounds.computeIfAbsent(round.path() + round.mode(), key -> new ArrayList<>())
                .add(round);
    }

    void print(String... paths) {
        for (String path : paths) {
            System.out.println(path + ", a request: median [quartiles] of the rounds");
            header(COLUMNS);
            for (String mode : modes) {
                List<Round> own = rounds.get(path + mode);
                System.out.printf("%-10s", mode);
                COLUMNS.forEach(column ->
                        cell(column, own.stream().mapToDouble(column.figure).toArray()));
                long lost = own.stream().mapToLong(Round::lost).sum();
                System.out.println(lost == 0 ? "" : "  unanswered " + lost);
            }
            if (modes.contains(NONE)) {
                differences(path);
            }
        }
    }

    private void differences(String path) {
        System.out.println(path + " over none, in the same round");
        List<Column> columns = List.of(LOOP, OTHERS, BYTES, JAVA);
        header(columns);
        List<Round> none = rounds.get(path + NONE);
        for (String mode : modes) {
            if (mode.equals(NONE)) {
                continue;
            }
            List<Round> own = rounds.get(path + mode);
            System.out.printf("%-10s", mode);
            for (Column column : columns) {
                double[] over = new double[own.size()];
                for (int i = 0; i < over.length; i++) {
                    over[i] = column.figure.applyAsDouble(own.get(i)) - column.figure.applyAsDouble(none.get(i));
                }
                cell(column, over);
            }
            System.out.println();
        }
    }

    private static void header(List<Column> columns) {
        System.out.printf("%-10s", "");
        columns.forEach(column -> System.out.printf("%24s", column.name));
        System.out.println();
    }

    private static void cell(Column column, double[] figures) {
        Arrays.sort(figures);
        String number = "%." + column.decimals + 'f';
        System.out.printf(
                "%24s",
                String.format(
                        Locale.ROOT,
                        number + " [" + number + ' ' + number + ']',
                        quantile(figures, 0.5),
                        quantile(figures, 0.25),
                        quantile(figures, 0.75)));
    }

    private static double quantile(double[] sorted, double part) {
        double at = part * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    private static double percentile(Round round, int percent) {
        return round.latencies()[(int) (requests(round) * (long) percent / 100)] / 1e3;
    }

    private static int requests(Round round) {
        return round.latencies().length;
    }
}

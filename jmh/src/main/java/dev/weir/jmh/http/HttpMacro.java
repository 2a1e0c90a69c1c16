// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whole servers side by side, each in a process of its own: none, Micrometer's tracing of Reactor Netty, the OpenTelemetry javaagent,
 * Weir. Rounds are interleaved; load comes from an open-loop generator in this process, whose latencies count from the moment when a
 * request was due. CPU and bytes are those of the measured process: all of it with its compiler and collector, the event loops alone,
 * and what its other Java threads used. Spans are those that the drain has received. At the end, the medians of the rounds, and what
 * each process uses at rest.
 *
 * <pre>java … dev.weir.jmh.http.HttpMacro [requests a second] [seconds a round] [rounds] [modes] [seconds of warm-up]</pre>
 */
public final class HttpMacro {

    static final String[] PATHS = {"/fast", "/chain"};

    private static final int REST_SECONDS = 3;

    private HttpMacro() {}

    public static void main(String[] arguments) throws Exception {
        Quiet.logs();
        int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        String[] modes = (arguments.length > 3 ? arguments[3] : "none,micrometer,javaagent,weir").split(",");
        int warmUp = arguments.length > 4 ? Integer.parseInt(arguments[4]) : seconds * 5;
        List<MeasuredServer> servers = new ArrayList<>();
        for (String mode : modes) {
            servers.add(new MeasuredServer(mode, "-Xms256m", "-Xmx256m"));
        }
        for (MeasuredServer server : servers) {
            for (String path : PATHS) {
                server.load(path, rate, warmUp);
            }
        }
        List<MeasuredServer.Round> measured = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            for (String path : PATHS) {
                for (MeasuredServer server : servers) {
                    measured.add(server.measure(path, rate, seconds));
                }
            }
        }
        System.out.println("CPU us/request: process | event loop | other Java threads   B/request  requests/s"
                + "  p50 us  p99 us  spans/request  unanswered");
        for (String path : PATHS) {
            for (String mode : modes) {
                List<MeasuredServer.Round> own = measured.stream()
                        .filter(round ->
                                round.path().equals(path) && round.mode().equals(mode))
                        .toList();
                own.forEach(round -> System.out.println("  " + line(List.of(round))));
                System.out.println("= " + line(own));
            }
        }
        for (int i = 0; i < modes.length; i++) {
            MeasuredServer.Used used = servers.get(i).rest(REST_SECONDS);
            System.out.printf(
                    Locale.ROOT,
                    "at rest %-10s %6.2f ms CPU a second, %6.2f of them in Java threads, %d B%n",
                    modes[i],
                    used.cpuNanos() / 1e6 / REST_SECONDS,
                    (used.loopNanos() + used.otherNanos()) / 1e6 / REST_SECONDS,
                    used.bytes() / REST_SECONDS);
        }
        servers.forEach(MeasuredServer::close);
        System.exit(0);
    }

    /** The medians of the rounds. */
    private static String line(List<MeasuredServer.Round> rounds) {
        MeasuredServer.Round first = rounds.get(0);
        double count = first.latencies().length;
        return String.format(
                Locale.ROOT,
                "%-7s %-10s %7.2f | %7.2f | %6.2f  %7.0f  %6.0f  %6.0f  %6.0f  %.3f  %d",
                first.path(),
                first.mode(),
                median(rounds, round -> round.used().cpuNanos() / 1e3 / count),
                median(rounds, round -> round.used().loopNanos() / 1e3 / count),
                median(rounds, round -> round.used().otherNanos() / 1e3 / count),
                median(rounds, round -> round.used().bytes() / count),
                median(rounds, round -> count * 1e9 / round.nanos()),
                median(rounds, round -> round.latencies()[(int) count / 2] / 1e3),
                median(rounds, round -> round.latencies()[(int) (count * 99 / 100)] / 1e3),
                median(rounds, round -> round.spans() / count),
                rounds.stream().mapToLong(MeasuredServer.Round::lost).sum());
    }

    private static double median(
            List<MeasuredServer.Round> rounds, java.util.function.ToDoubleFunction<MeasuredServer.Round> figure) {
        double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}

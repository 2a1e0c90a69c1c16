// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whole servers side by side, each in a process of its own: none, the SDK alone, Micrometer's tracing of Reactor Netty, the OpenTelemetry
 * javaagent, Weir. Load comes from an open-loop generator in this process, whose latencies count from the moment when a request was due.
 *
 * <p>Each server is loaded until its compiler is quiet, at most for the seconds of warm-up. Then servers and generator are pinned to cores
 * of their own where {@code taskset} is there. Rounds are short, and each begins with another server, so that a noisy second of the machine
 * meets them all: {@link RoundTable} compares the servers within each round. Then what each process uses at rest, and with {@code profile}
 * which rooms its time goes to.
 *
 * <pre>java … dev.weir.jmh.http.HttpMacro [requests a second] [seconds a round] [rounds] [modes] [seconds of warm-up] [profile]</pre>
 */
public final class HttpMacro {

    static final String[] PATHS = {"/fast", "/chain"};

    private static final int REST_SECONDS = 10;
    private static final int REST_THREADS = 6;
    private static final int PROFILE_SECONDS = 10;

    /** The compiler is quiet when it takes less than this part of two stretches in a row: a long compilation is counted at its end. */
    private static final double QUIET_COMPILER = 0.03;

    private HttpMacro() {}

    public static void main(String[] arguments) throws Exception {
        Quiet.logs();
        int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 15;
        String[] modes = (arguments.length > 3 ? arguments[3] : "none,micrometer,javaagent,weir").split(",");
        int warmUp = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 40;
        boolean profile = arguments.length > 5 && arguments[5].equals("profile");
        List<MeasuredServer> servers = new ArrayList<>();
        for (String mode : modes) {
            servers.add(new MeasuredServer(mode, "-Xms256m", "-Xmx256m"));
        }
        for (MeasuredServer server : servers) {
            warmUp(server, rate, warmUp);
        }
        // Not before: a compiler on the server's own core would take several times as long.
        System.out.println(Cores.ofThisProcess().pin(servers));
        RoundTable table = new RoundTable(List.of(modes));
        for (int round = 0; round < rounds; round++) {
            for (String path : PATHS) {
                for (int i = 0; i < modes.length; i++) {
                    table.add(servers.get((i + round) % modes.length).measure(path, rate, seconds));
                }
            }
        }
        table.print(PATHS);
        System.out.println("at rest, a second");
        for (MeasuredServer server : servers) {
            rest(server);
        }
        for (MeasuredServer server : servers) {
            if (profile && !server.mode().equals("none")) {
                profile(server);
            }
        }
        servers.forEach(MeasuredServer::close);
        System.exit(0);
    }

    private static void warmUp(MeasuredServer server, int rate, int atMost) throws IOException {
        long start = System.nanoTime();
        double share = 1;
        double last;
        long seconds;
        do {
            last = share;
            Used before = server.used();
            long from = System.nanoTime();
            for (String path : PATHS) {
                server.load(path, rate, 1);
            }
            share = server.used().minus(before).compileMillis() * 1e6 / (System.nanoTime() - from);
            seconds = (System.nanoTime() - start) / 1_000_000_000L;
        } while (Math.max(share, last) > QUIET_COMPILER && seconds < atMost);
        System.out.printf(
                Locale.ROOT,
                "warm-up %-10s %3d s, the compiler took %.1f %% of the last two%n",
                server.mode(),
                seconds,
                share * 100);
    }

    private static void rest(MeasuredServer server) throws IOException {
        Used used = server.rest(REST_SECONDS);
        System.out.printf(
                Locale.ROOT,
                "%-10s Java threads %6.2f ms CPU, %7d B; process %6.2f ms CPU%n",
                server.mode(),
                used.javaNanos() / 1e6 / REST_SECONDS,
                used.bytes() / REST_SECONDS,
                used.cpuNanos() / 1e6 / REST_SECONDS);
        used.threads().values().stream()
                .filter(thread -> thread.cpuNanos() > 0)
                .sorted((a, b) -> Long.compare(b.cpuNanos(), a.cpuNanos()))
                .limit(REST_THREADS)
                .forEach(thread -> System.out.printf(
                        Locale.ROOT,
                        "    %-40s %6.3f ms %7d B%n",
                        thread.name(),
                        thread.cpuNanos() / 1e6 / REST_SECONDS,
                        thread.bytes() / REST_SECONDS));
    }

    private static void profile(MeasuredServer server) throws IOException {
        for (String path : PATHS) {
            RoomShares.Profile profile = server.profile(path, PROFILE_SECONDS);
            if (profile != null) {
                new RoomShares(profile).print(path + ' ' + server.mode());
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Whole servers side by side, each in a process of its own: none, Micrometer's tracing of Reactor Netty, the OpenTelemetry javaagent
 * (when its jar is given as {@code -Djavaagent=…}), Weir. Rounds are interleaved; load comes from an open-loop generator in this
 * process, whose latencies count from the moment when a request was due. CPU and bytes are those of the measured process;
 * spans are those that the drain has received.
 *
 * <pre>java … dev.weir.jmh.http.HttpMacro [requests a second] [seconds a round] [rounds] [modes]</pre>
 */
public final class HttpMacro {

    private static final String[] PATHS = {"/fast", "/chain"};

    /** What is queued reaches the drain in this time; its cost belongs to the round. */
    private static final long DRAIN_MILLIS = 1500;

    private HttpMacro() {}

    public static void main(String[] arguments) throws Exception {
        int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        String[] modes = (arguments.length > 3 ? arguments[3] : "none,micrometer,javaagent,weir").split(",");
        List<Measured> measured = new ArrayList<>();
        for (String mode : modes) {
            if (!mode.equals("javaagent") || System.getProperty("javaagent") != null) {
                measured.add(new Measured(mode));
            }
        }
        for (Measured server : measured) {
            for (String path : PATHS) {
                server.load(path, rate, seconds * 5);
            }
        }
        List<String> lines = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            for (String path : PATHS) {
                for (Measured server : measured) {
                    server.measure(path, rate, seconds, lines);
                }
            }
        }
        lines.sort(null);
        lines.forEach(System.out::println);
        measured.forEach(Measured::close);
        System.exit(0);
    }

    private static final class Measured implements AutoCloseable {

        private final String mode;
        private final Drain drain = new Drain();
        private final Process process;
        private final BufferedReader out;
        private final HttpClient client;

        Measured(String mode) throws IOException {
            this.mode = mode;
            List<String> command = new ArrayList<>(List.of(
                    new File(System.getProperty("java.home"), "bin/java").getPath(),
                    "-Xms256m",
                    "-Xmx256m",
                    "-XX:+UseSerialGC"));
            boolean agent = mode.equals("javaagent");
            if (agent) {
                command.addAll(List.of(
                        "-javaagent:" + System.getProperty("javaagent"),
                        "-Dotel.service.name=macro",
                        "-Dotel.exporter.otlp.endpoint=" + drain.endpoint(),
                        "-Dotel.exporter.otlp.protocol=http/protobuf",
                        "-Dotel.logs.exporter=none",
                        "-Dotel.bsp.schedule.delay=300",
                        "-Dotel.bsp.max.queue.size=65536",
                        "-Dotel.bsp.max.export.batch.size=4096"));
            }
            command.addAll(List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    MacroServer.class.getName(),
                    agent ? "none" : mode,
                    drain.endpoint()));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String port = answer("port ")[1];
            client = HttpClient.create(ConnectionProvider.create(mode, 200))
                    .runOn(LoopResources.create("load-" + mode, 1, true))
                    .baseUrl("http://127.0.0.1:" + port);
        }

        private String[] answer(String start) throws IOException {
            String line;
            while ((line = out.readLine()) != null) {
                if (line.startsWith(start)) {
                    return line.split(" ");
                }
            }
            throw new IOException(mode + " ended");
        }

        private long[] used() throws IOException {
            OutputStream in = process.getOutputStream();
            in.write('\n');
            in.flush();
            String[] parts = answer("used ");
            return new long[] {Long.parseLong(parts[1]), Long.parseLong(parts[2])};
        }

        /** Latencies in nanoseconds, from the moment when each request was due, sorted. */
        long[] load(String path, int rate, int seconds) {
            int count = rate * seconds;
            long[] latencies = new long[count];
            long start = System.nanoTime();
            long step = 1_000_000_000L / rate;
            int[] next = {0};
            Flux.interval(Duration.ofMillis(1))
                    .onBackpressureDrop()
                    .concatMapIterable(tick -> due(next, count, start, step))
                    .take(count)
                    .flatMap(
                            i -> client.get()
                                    .uri(path)
                                    .responseContent()
                                    .aggregate()
                                    .asString()
                                    .doOnNext(x -> latencies[i] = System.nanoTime() - start - i * step)
                                    .onErrorComplete(),
                            10_000)
                    .blockLast(Duration.ofSeconds(seconds * 5L + 10));
            Arrays.sort(latencies);
            return latencies;
        }

        private static List<Integer> due(int[] next, int count, long start, long step) {
            List<Integer> due = new ArrayList<>();
            while (next[0] < count && next[0] * step <= System.nanoTime() - start) {
                due.add(next[0]++);
            }
            return due;
        }

        void measure(String path, int rate, int seconds, List<String> lines) throws Exception {
            used();
            long[] before = used();
            drain.take();
            long[] latencies = load(path, rate, seconds);
            Mono.delay(Duration.ofMillis(DRAIN_MILLIS)).block();
            long[] after = used();
            int count = latencies.length;
            lines.add(String.format(
                    Locale.ROOT,
                    "%-7s %-10s %6.2f us CPU/request %7.0f B/request  p50 %6.0f us  p99 %7.0f us  spans/request %.3f",
                    path,
                    mode,
                    (after[0] - before[0]) / 1e3 / count,
                    (after[1] - before[1]) / (double) count,
                    latencies[count / 2] / 1e3,
                    latencies[count * 99 / 100] / 1e3,
                    drain.take() / (double) count));
        }

        @Override
        public void close() {
            process.destroy();
            drain.close();
        }
    }
}

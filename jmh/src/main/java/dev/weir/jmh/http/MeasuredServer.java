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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** A {@link MacroServer} in a process of its own, the open-loop generator that loads it, and the drain of its spans. */
final class MeasuredServer implements AutoCloseable {

    /** What is queued reaches the drain in this time; its cost belongs to the round. */
    private static final long DRAIN_MILLIS = 1500;

    private static final String AGENT = "opentelemetry-javaagent";

    /** What the process has used since its start. */
    record Used(long cpuNanos, long loopNanos, long otherNanos, long bytes) {

        Used minus(Used earlier) {
            return new Used(
                    cpuNanos - earlier.cpuNanos,
                    loopNanos - earlier.loopNanos,
                    otherNanos - earlier.otherNanos,
                    bytes - earlier.bytes);
        }
    }

    /** One measured stretch; latencies are sorted. */
    record Round(String path, String mode, Used used, long[] latencies, long lost, long nanos, long spans) {}

    /** How many objects of a class a stretch made, and of how many bytes together. */
    record Made(long objects, long bytes) {}

    private final String mode;
    private final Drain drain = new Drain();
    private final Process process;
    private final BufferedReader out;
    private final HttpClient client;

    MeasuredServer(String mode, String... jvmArguments) throws IOException {
        this.mode = mode;
        List<String> command = new ArrayList<>();
        command.add(new File(System.getProperty("java.home"), "bin/java").getPath());
        command.addAll(List.of(jvmArguments));
        command.add("-XX:+UseSerialGC");
        boolean agent = mode.equals("javaagent");
        if (agent) {
            command.addAll(List.of(
                    "-javaagent:" + classPath(true),
                    "-Dotel.service.name=macro",
                    "-Dotel.exporter.otlp.endpoint=" + drain.endpoint(),
                    "-Dotel.exporter.otlp.protocol=http/protobuf",
                    "-Dotel.logs.exporter=none",
                    "-Dotel.bsp.schedule.delay=300",
                    "-Dotel.bsp.max.queue.size=65536",
                    "-Dotel.bsp.max.export.batch.size=4096"));
        }
        command.addAll(
                List.of("-cp", classPath(false), MacroServer.class.getName(), agent ? "none" : mode, drain.endpoint()));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String port = answer("port ")[1];
        client = HttpClient.create(ConnectionProvider.create(mode, 200))
                .runOn(LoopResources.create("load-" + mode, 1, true))
                .baseUrl("http://127.0.0.1:" + port);
    }

    /** The javaagent comes along as a dependency; only its own mode may have it. */
    static String classPath(boolean agent) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains(AGENT) == agent)
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow(() -> new IllegalStateException("no " + AGENT + " on the class path"));
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

    private void ask(String what) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((what + '\n').getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    private Used used() throws IOException {
        ask("used");
        String[] parts = answer("used ");
        return new Used(
                Long.parseLong(parts[1]), Long.parseLong(parts[2]), Long.parseLong(parts[3]), Long.parseLong(parts[4]));
    }

    private Map<String, Made> objects() throws IOException {
        ask("objects");
        Map<String, Made> made = new HashMap<>();
        String line;
        while ((line = out.readLine()) != null && !line.equals("end")) {
            String[] parts = line.split(" ", 4);
            if (parts[0].equals("object")) {
                made.merge(
                        parts[3],
                        new Made(Long.parseLong(parts[1]), Long.parseLong(parts[2])),
                        (a, b) -> new Made(a.objects + b.objects, a.bytes + b.bytes));
            }
        }
        return made;
    }

    /** Latencies in nanoseconds, from the moment when each request was due; -1 for one that was not answered. */
    long[] load(String path, int rate, int seconds) {
        int count = rate * seconds;
        long[] latencies = new long[count];
        Arrays.fill(latencies, -1);
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
        return latencies;
    }

    private static List<Integer> due(int[] next, int count, long start, long step) {
        List<Integer> due = new ArrayList<>();
        while (next[0] < count && next[0] * step <= System.nanoTime() - start) {
            due.add(next[0]++);
        }
        return due;
    }

    Round measure(String path, int rate, int seconds) throws IOException {
        used();
        Used before = used();
        drain.take();
        long start = System.nanoTime();
        long[] latencies = load(path, rate, seconds);
        long nanos = System.nanoTime() - start;
        Mono.delay(Duration.ofMillis(DRAIN_MILLIS)).block();
        Used used = used().minus(before);
        Arrays.sort(latencies);
        long lost = Arrays.stream(latencies).filter(latency -> latency < 0).count();
        return new Round(path, mode, used, latencies, lost, nanos, drain.take());
    }

    /** What the process uses while no request comes. */
    Used rest(int seconds) throws IOException {
        used();
        Used before = used();
        Mono.delay(Duration.ofSeconds(seconds)).block();
        return used().minus(before);
    }

    /** Objects and bytes of each answered request, by class; exact where no garbage was collected meanwhile. */
    Map<String, double[]> made(String path, int rate, int seconds) throws IOException {
        objects();
        Map<String, Made> start = objects();
        Map<String, Made> before = objects();
        long[] latencies = load(path, rate, seconds);
        double answered =
                Arrays.stream(latencies).filter(latency -> latency >= 0).count();
        Map<String, double[]> made = new HashMap<>();
        objects().forEach((type, after) -> {
            Made nothing = new Made(0, 0);
            Made earlier = before.getOrDefault(type, nothing);
            Made first = start.getOrDefault(type, nothing);
            // Looking makes objects too: as many as between the first two looks.
            made.put(type, new double[] {
                (after.objects - 2 * earlier.objects + first.objects) / answered,
                (after.bytes - 2 * earlier.bytes + first.bytes) / answered
            });
        });
        return made;
    }

    @Override
    public void close() {
        process.destroy();
        drain.close();
    }
}

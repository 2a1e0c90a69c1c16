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
import reactor.core.publisher.Mono;

/** A {@link MacroServer} in a process of its own, the generator that loads it, and the drain of its spans. */
final class MeasuredServer implements AutoCloseable {

    /** Where no span came for so long, none is left in the measured process: longer than each delay of a batch. */
    private static final long QUIET_MILLIS = 400;

    /** Spans that come later than this are not waited for. */
    private static final long DRAIN_MILLIS = 1500;

    private static final String AGENT = "opentelemetry-javaagent";

    /** One measured stretch; latencies are sorted. */
    record Round(String path, String mode, Used used, long[] latencies, long lost, long nanos, long spans) {}

    /** How many objects of a class a stretch made, and of how many bytes together. */
    record Made(long objects, long bytes) {}

    private final String mode;
    private final Drain drain = new Drain();
    private final Process process;
    private final BufferedReader out;
    private final OpenLoad load;

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
        load = new OpenLoad(mode, port());
    }

    /** The javaagent comes along as a dependency; only its own mode may have it. */
    private static String classPath(boolean agent) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains(AGENT) == agent)
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow(() -> new IllegalStateException("no " + AGENT + " on the class path"));
    }

    private int port() throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            if (line.startsWith("port ")) {
                return Integer.parseInt(line.substring(5));
            }
        }
        throw new IOException(mode + " ended");
    }

    String mode() {
        return mode;
    }

    long pid() {
        return process.pid();
    }

    /** Asks and gives the lines of the answer. */
    private List<String> ask(String what) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((what + '\n').getBytes(StandardCharsets.UTF_8));
        in.flush();
        List<String> lines = new ArrayList<>();
        String line;
        while ((line = out.readLine()) != null) {
            if (line.equals(MacroServer.END)) {
                return lines;
            }
            lines.add(line);
        }
        throw new IOException(mode + " ended");
    }

    /** What the process has used since its start. */
    Used used() throws IOException {
        return Used.parse(ask("used"));
    }

    private Map<String, Made> objects() throws IOException {
        Map<String, Made> made = new HashMap<>();
        for (String line : ask("objects")) {
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

    /** As {@link OpenLoad#run}. */
    long[] load(String path, int rate, int seconds) {
        return load.run(path, rate, seconds);
    }

    Round measure(String path, int rate, int seconds) throws IOException {
        used();
        Used before = used();
        drain.take();
        long start = System.nanoTime();
        long[] latencies = load(path, rate, seconds);
        long nanos = System.nanoTime() - start;
        long spans = drained();
        Used used = used().minus(before);
        Arrays.sort(latencies);
        long lost = Arrays.stream(latencies).filter(latency -> latency < 0).count();
        return new Round(path, mode, used, latencies, lost, nanos, spans);
    }

    /** Waits for the spans that are still on their way: their cost belongs to the round. */
    private long drained() {
        long spans = drain.take();
        long more = 1;
        for (long waited = 0; more > 0 && waited < DRAIN_MILLIS; waited += QUIET_MILLIS) {
            Mono.delay(Duration.ofMillis(QUIET_MILLIS)).block();
            more = drain.take();
            spans += more;
        }
        return spans;
    }

    /** What the process uses while no request comes. */
    Used rest(int seconds) throws IOException {
        used();
        Used before = used();
        Mono.delay(Duration.ofSeconds(seconds)).block();
        return used().minus(before);
    }

    /**
     * Stacks of the saturated process: kernels that sample at their ticks would miss a load whose requests come at the same ticks. Null,
     * with a line that says why, where there is no profiler.
     */
    RoomShares.Profile profile(String path, int seconds) throws IOException {
        List<String> started = ask("profile");
        if (!started.contains("profile null")) {
            System.out.println(mode + " is not profiled: " + started);
            return null;
        }
        Used before = used();
        long requests = load.saturate(path, seconds);
        Used used = used().minus(before);
        List<String> stacks = ask("stacks").stream()
                .filter(line -> line.startsWith("stack "))
                .map(line -> line.substring(6))
                .toList();
        return new RoomShares.Profile(stacks, used, requests);
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

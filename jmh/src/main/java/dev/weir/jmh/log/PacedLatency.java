// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.log;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * How long a log call takes at a fixed rate of 50,000 a second, whatever the calls before it took: every millisecond has its
 * share of calls, and a thread that is late makes them up. Rounds of all sinks are interleaved.
 *
 * <p>Arguments: threads, seconds of a round, rounds; then names of sinks, all when none is given. Prints nanoseconds, a timer
 * reading of about 25 included.
 */
public final class PacedLatency {

    private static final int RATE = 50_000;

    private PacedLatency() {}

    public static void main(String[] arguments) throws Exception {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        List<String> names =
                arguments.length > 3 ? List.of(arguments).subList(3, arguments.length) : List.of(LogSinks.ALL);
        Path base = Files.createTempDirectory("weir-paced");
        Map<String, Result> results = new LinkedHashMap<>();
        try {
            for (int round = -1; round < rounds; round++) {
                for (String name : names) {
                    Path directory = Files.createDirectories(base.resolve(name + round));
                    Result result = round < 0 ? new Result() : results.computeIfAbsent(name, n -> new Result());
                    try (LogSink sink = LogSinks.open(name, directory)) {
                        run(sink, threads, 1, new Result());
                        run(sink, threads, seconds, result);
                        result.dropped = sink.dropped();
                    }
                    delete(directory);
                }
            }
        } finally {
            delete(base);
        }
        System.out.printf(
                "%-17s %9s %9s %9s %9s %11s %8s %8s   (%d threads, %d calls a second in all)%n",
                "sink", "mean", "p50", "p99", "p99.9", "max", "B/call", "dropped", threads, RATE);
        results.forEach((name, result) -> System.out.printf(
                "%-17s %9.0f %9d %9d %9d %11d %8.1f %8d%n",
                name,
                result.histogram.getMean(),
                result.histogram.getValueAtPercentile(50),
                result.histogram.getValueAtPercentile(99),
                result.histogram.getValueAtPercentile(99.9),
                result.histogram.getMaxValue(),
                (double) result.allocated / result.histogram.getTotalCount(),
                result.dropped));
        ratios(results);
    }

    /** The targets are ratios: to OpenTelemetry's batch processor of the same run. */
    private static void ratios(Map<String, Result> results) {
        Result peer = results.get("otel-blrp");
        if (peer == null) {
            return;
        }
        results.forEach((name, result) -> System.out.printf(
                "%-17s of otel-blrp: p50 %.2f, p99 %.2f, p99.9 %.2f%n",
                name, result.ratio(peer, 50), result.ratio(peer, 99), result.ratio(peer, 99.9)));
    }

    private static final class Result {
        final Histogram histogram = new Histogram(10_000_000_000L, 3);
        long allocated;
        long dropped;

        double ratio(Result peer, double percentile) {
            return histogram.getValueAtPercentile(percentile)
                    / (double) peer.histogram.getValueAtPercentile(percentile);
        }
    }

    private static void run(LogSink sink, int threads, int seconds, Result result) throws InterruptedException {
        Thread[] callers = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            callers[i] = new Thread(() -> call(sink, RATE / 1000 / threads, seconds, result));
            callers[i].start();
        }
        for (Thread caller : callers) {
            caller.join();
        }
    }

    private static void call(LogSink sink, int burst, int seconds, Result result) {
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Histogram own = new Histogram(10_000_000_000L, 3);
        String message = LogSinks.message();
        Span span = Span.wrap(SpanContext.create(
                "0af7651916cd43dd8448eb211c80319c",
                "b7ad6b7169203331",
                TraceFlags.getSampled(),
                TraceState.getDefault()));
        long allocated;
        try (Scope scope = span.makeCurrent()) {
            sink.log(message);
            long before = bean.getCurrentThreadAllocatedBytes();
            long next = System.nanoTime();
            for (int i = 0; i < seconds * 1000; i++) {
                next += 1_000_000;
                for (long wait = next - System.nanoTime(); wait > 0; wait = next - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
                for (int j = 0; j < burst; j++) {
                    long begin = System.nanoTime();
                    sink.log(message);
                    own.recordValue(System.nanoTime() - begin);
                }
            }
            allocated = bean.getCurrentThreadAllocatedBytes() - before;
        }
        synchronized (result) {
            result.histogram.add(own);
            result.allocated += allocated;
        }
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}

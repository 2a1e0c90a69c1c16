// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.context;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Measures each shape by the CPU time of its thread: the least of several rounds, in nanoseconds and bytes for each
 * operation. Start one JVM for each mode, all in the same run; only ratios between them mean something.
 */
public final class CpuTimeMain {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long ROUND_NANOS = Long.getLong("round.millis", 60) * 1_000_000;
    private static final long WARM_NANOS = Long.getLong("warm.millis", 2_000) * 1_000_000;
    private static final int ROUNDS = Integer.getInteger("rounds", 12);

    private static volatile Object sink;

    private CpuTimeMain() {}

    /** @param args a mode of {@link Propagation#enter}, or {@code w3c-weir} and {@code w3c-otel} for the header codecs */
    public static void main(String[] args) throws Exception {
        String mode = args[0];
        Map<String, Supplier<Object>> shapes = new LinkedHashMap<>();
        Map<String, Integer> divisors = new LinkedHashMap<>();
        if (mode.startsWith("w3c-")) {
            HeaderCodecs codecs = new HeaderCodecs(mode.endsWith("weir"));
            shapes.put("extract", codecs::extract);
            shapes.put("extractWithState", codecs::extractWithState);
            shapes.put("extractRejected", codecs::extractRejected);
            shapes.put("inject", codecs::inject);
            shapes.put("lookupOnly", codecs::lookupOnly);
        } else {
            Shapes all = new Shapes(Propagation.enter(mode));
            shapes.put("requestChain", all::requestChain);
            shapes.put("twoHops", all::twoHops);
            shapes.put("callbackSource", all::callbackSource);
            shapes.put("nestedScopes", all::nestedScopes);
            shapes.put("elementsCrossScope", all::elementsCrossScope);
            shapes.put("tenOperators", all::tenOperators);
            divisors.put("nestedScopes", Shapes.ELEMENTS);
            divisors.put("elementsCrossScope", Shapes.ELEMENTS);
            divisors.put("tenOperators", Shapes.ELEMENTS);
        }
        StringBuilder line = new StringBuilder(String.format("%-16s", mode));
        for (Map.Entry<String, Supplier<Object>> shape : shapes.entrySet()) {
            int divisor = divisors.getOrDefault(shape.getKey(), 1);
            double[] result = measure(shape.getValue());
            line.append(
                    String.format(" | %s %.1f ns %.0f B", shape.getKey(), result[0] / divisor, result[1] / divisor));
        }
        System.out.println(line);
        System.exit(0);
    }

    private static double[] measure(Supplier<Object> shape) {
        int operations = 64;
        long warm = 0;
        while (warm < WARM_NANOS) {
            warm += run(shape, operations);
        }
        while (run(shape, operations) < ROUND_NANOS) {
            operations *= 2;
        }
        double best = Double.MAX_VALUE;
        double bytes = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            best = Math.min(best, (double) run(shape, operations) / operations);
            bytes = Math.min(bytes, (double) (THREADS.getCurrentThreadAllocatedBytes() - before) / operations);
        }
        return new double[] {best, bytes};
    }

    private static long run(Supplier<Object> shape, int operations) {
        long before = THREADS.getCurrentThreadCpuTime();
        Object last = null;
        for (int i = 0; i < operations; i++) {
            last = shape.get();
        }
        sink = last;
        return THREADS.getCurrentThreadCpuTime() - before;
    }
}

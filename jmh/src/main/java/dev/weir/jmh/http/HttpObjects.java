// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which objects a request makes, by class, beside the same server without telemetry. Exact: the heap is large enough that nothing is
 * collected, and all objects on it are counted before and after.
 *
 * <pre>java … dev.weir.jmh.http.HttpObjects [mode] [requests a second] [seconds]</pre>
 */
public final class HttpObjects {

    private static final int WARM_UP_SECONDS = 6;
    private static final int LINES = 40;

    private HttpObjects() {}

    public static void main(String[] arguments) throws Exception {
        Quiet.logs();
        String mode = arguments.length > 0 ? arguments[0] : "weir";
        int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2000;
        int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        // The JVM fills the rest of a thread's buffer with an array of ints: small buffers leave small rests.
        String[] heap = {"-Xms3g", "-Xmx3g", "-Xmn2800m", "-XX:-ResizeTLAB", "-XX:TLABSize=16k", "-XX:MinTLABSize=16k"};
        try (MeasuredServer none = new MeasuredServer("none", heap);
                MeasuredServer other = new MeasuredServer(mode, heap)) {
            for (String path : HttpMacro.PATHS) {
                none.load(path, rate, WARM_UP_SECONDS);
                other.load(path, rate, WARM_UP_SECONDS);
                print(path, mode, none.made(path, rate, seconds), other.made(path, rate, seconds));
            }
        }
        System.exit(0);
    }

    private static void print(String path, String mode, Map<String, double[]> none, Map<String, double[]> other) {
        none.forEach((type, made) -> other.merge(
                type, new double[] {-made[0], -made[1]}, (a, b) -> new double[] {a[0] + b[0], a[1] + b[1]}));
        List<Map.Entry<String, double[]>> largest = other.entrySet().stream()
                .sorted((a, b) -> Double.compare(b.getValue()[1], a.getValue()[1]))
                .toList();
        System.out.printf(
                Locale.ROOT,
                "%s %s over none: %.1f objects, %.0f B a request%n",
                path,
                mode,
                largest.stream().mapToDouble(entry -> entry.getValue()[0]).sum(),
                largest.stream().mapToDouble(entry -> entry.getValue()[1]).sum());
        largest.stream()
                .limit(LINES)
                .forEach(entry -> System.out.printf(
                        Locale.ROOT,
                        "%8.2f objects %8.1f B  %s%n",
                        entry.getValue()[0],
                        entry.getValue()[1],
                        entry.getKey()));
    }
}

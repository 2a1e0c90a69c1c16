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
        // Buffers of threads would be filled up with arrays that nobody made.
        String[] heap = {"-Xms3g", "-Xmx3g", "-Xmn2800m", "-XX:-UseTLAB"};
        try (MeasuredServer none = new MeasuredServer("none", heap);
                MeasuredServer other = new MeasuredServer(mode, heap)) {
            for (String path : HttpMacro.PATHS) {
                none.load(path, rate, WARM_UP_SECONDS);
                other.load(path, rate, WARM_UP_SECONDS);
                print(path, mode, rate * seconds, none.made(path, rate, seconds), other.made(path, rate, seconds));
            }
        }
        System.exit(0);
    }

    private static void print(
            String path,
            String mode,
            double requests,
            Map<String, MeasuredServer.Made> none,
            Map<String, MeasuredServer.Made> other) {
        none.forEach((type, made) -> other.merge(
                type,
                new MeasuredServer.Made(-made.objects(), -made.bytes()),
                (a, b) -> new MeasuredServer.Made(a.objects() + b.objects(), a.bytes() + b.bytes())));
        List<Map.Entry<String, MeasuredServer.Made>> largest = other.entrySet().stream()
                .sorted((a, b) ->
                        Long.compare(b.getValue().bytes(), a.getValue().bytes()))
                .toList();
        System.out.printf(
                Locale.ROOT,
                "%s %s over none: %.1f objects, %.0f B a request%n",
                path,
                mode,
                largest.stream().mapToLong(entry -> entry.getValue().objects()).sum() / requests,
                largest.stream().mapToLong(entry -> entry.getValue().bytes()).sum() / requests);
        largest.stream()
                .limit(LINES)
                .forEach(entry -> System.out.printf(
                        Locale.ROOT,
                        "%8.2f objects %8.1f B  %s%n",
                        entry.getValue().objects() / requests,
                        entry.getValue().bytes() / requests,
                        entry.getKey()));
    }
}

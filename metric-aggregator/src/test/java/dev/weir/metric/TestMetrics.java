// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Outcome;
import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;

/** Metrics on a clock that the test moves. */
final class TestMetrics implements AutoCloseable {

    static final Duration INTERVAL = Duration.ofSeconds(5);

    final ManualTicker ticker;
    final TelemetryRuntime runtime;
    final LatencyMetrics metrics;

    TestMetrics() {
        this(LatencyMetrics.builder());
    }

    TestMetrics(LatencyMetricsBuilder builder) {
        this(builder, new ManualTicker());
    }

    TestMetrics(LatencyMetricsBuilder builder, ManualTicker ticker) {
        this.ticker = ticker;
        Settings settings = Settings.builder()
                .environment(Map.of())
                .systemProperties(Map.of())
                .build();
        this.runtime = TelemetryRuntime.create(settings, ticker);
        this.metrics = builder.runtime(runtime).build();
    }

    /** Moves the clock and waits until the worker has closed the interval. */
    void advance(Duration by) {
        long before = metrics.recording().clock().open();
        ticker.advance(by);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(1))
                .until(() -> metrics.recording().clock().open() > before);
        settle();
    }

    /** Waits until the worker has done what it was given. */
    void settle() {
        var done = new java.util.concurrent.CountDownLatch(1);
        runtime.threads().worker().execute(done::countDown);
        Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> done.getCount() == 0);
    }

    @Override
    public void close() {
        metrics.close();
        runtime.close();
    }

    static Outcome server(String route, String method, int status, long nanos) {
        return new Exchange(Outcome.Side.SERVER, method, route, "shop", 8080, status, null, nanos, 0, 0, 0, false);
    }

    static Outcome client(String host, int port, int status, long nanos) {
        return new Exchange(Outcome.Side.CLIENT, "GET", null, host, port, status, null, nanos, 0, 0, 0, false);
    }

    record Exchange(
            Side side,
            String method,
            String route,
            String serverAddress,
            int serverPort,
            int statusCode,
            String errorType,
            long durationNanos,
            long traceIdHigh,
            long traceIdLow,
            long spanId,
            boolean sampled)
            implements Outcome {

        @Override
        public String scheme() {
            return "http";
        }

        @Override
        public String protocolVersion() {
            return "1.1";
        }
    }
}

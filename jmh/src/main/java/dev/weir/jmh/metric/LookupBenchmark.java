// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.metric;

import dev.weir.core.spi.Outcome;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Recording one latency with three label values that must be looked up: 64 series in turn. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Djmh.executor=CUSTOM", "-Djmh.executor.class=dev.weir.jmh.metric.Loops"})
public class LookupBenchmark {

    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("route");
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("method");
    private static final AttributeKey<String> STATUS = AttributeKey.stringKey("status");

    /** The label values of one call, as fields of the caller. */
    @State(Scope.Thread)
    public static class Labels {

        final String[] routes = new String[8];
        final String[] methods = {"GET", "POST"};
        final String[] statuses = {"200", "204", "404", "500"};
        final Exchange exchange = new Exchange();

        public Labels() {
            for (int i = 0; i < routes.length; i++) {
                routes[i] = "/orders/{id}/part" + i;
            }
        }
    }

    /** An exchange like those that the HTTP module hands over. */
    static final class Exchange implements Outcome {

        private String route = "";
        private String method = "";
        private int status;
        private long nanos;

        @Override
        public Side side() {
            return Side.SERVER;
        }

        @Override
        public String method() {
            return method;
        }

        @Override
        public @Nullable String route() {
            return route;
        }

        @Override
        public String scheme() {
            return "http";
        }

        @Override
        public @Nullable String protocolVersion() {
            return "1.1";
        }

        @Override
        public @Nullable String serverAddress() {
            return null;
        }

        @Override
        public int serverPort() {
            return 0;
        }

        @Override
        public int statusCode() {
            return status;
        }

        @Override
        public @Nullable String errorType() {
            return null;
        }

        @Override
        public long durationNanos() {
            return nanos;
        }

        @Override
        public long traceIdHigh() {
            return 0;
        }

        @Override
        public long traceIdLow() {
            return 0;
        }

        @Override
        public long spanId() {
            return 0;
        }

        @Override
        public boolean sampled() {
            return false;
        }
    }

    @Benchmark
    public void weir(Sinks sinks, Latencies latencies, Labels labels) {
        long value = latencies.next();
        int i = latencies.index();
        sinks.weir.record(value, labels.routes[i & 7], labels.methods[i >> 3 & 1], labels.statuses[i >> 4 & 3]);
    }

    /** An HTTP outcome: five texts and two numbers. */
    @Benchmark
    public void weirOutcome(Sinks sinks, Latencies latencies, Labels labels) {
        Exchange exchange = labels.exchange;
        exchange.nanos = latencies.next();
        int i = latencies.index();
        exchange.route = labels.routes[i & 7];
        exchange.method = labels.methods[i >> 3 & 1];
        exchange.status = 200 + (i >> 4 & 3);
        sinks.metrics.outcomes().onOutcome(exchange);
    }

    @Benchmark
    public void prometheus(Sinks sinks, Latencies latencies, Labels labels) {
        long value = latencies.next();
        int i = latencies.index();
        sinks.prometheus
                .labelValues(labels.routes[i & 7], labels.methods[i >> 3 & 1], labels.statuses[i >> 4 & 3])
                .observe(value / 1e9);
    }

    @Benchmark
    public void otelExplicit(Sinks sinks, Latencies latencies, Labels labels) {
        long value = latencies.next();
        int i = latencies.index();
        sinks.otelExplicit.record(
                value / 1e9,
                Attributes.of(
                        ROUTE,
                        labels.routes[i & 7],
                        METHOD,
                        labels.methods[i >> 3 & 1],
                        STATUS,
                        labels.statuses[i >> 4 & 3]));
    }

    @Benchmark
    public void micrometer(Sinks sinks, Latencies latencies, Labels labels) {
        long value = latencies.next();
        int i = latencies.index();
        Timer.builder("looked.up")
                .tags(
                        "route",
                        labels.routes[i & 7],
                        "method",
                        labels.methods[i >> 3 & 1],
                        "status",
                        labels.statuses[i >> 4 & 3])
                .register(sinks.micrometer)
                .record(value, TimeUnit.NANOSECONDS);
    }
}

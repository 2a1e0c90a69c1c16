// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.context.TracePropagation;
import dev.weir.core.CloseReport;
import dev.weir.core.Health;
import dev.weir.core.Ledger;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Registration;
import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryRuntime;
import dev.weir.http.HttpTelemetry;
import dev.weir.log.LogPipe;
import dev.weir.metric.LatencyMetrics;
import dev.weir.metric.SeriesSummary;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;

/**
 * Telemetry for an application on Project Reactor and Reactor Netty: traces, logs and metrics that belong together.
 *
 * <pre>{@code
 * Weir weir = Weir.start();                                   // OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, …
 * HttpServer server = weir.instrument(HttpServer.create());
 * HttpClient client = weir.instrument(HttpClient.create());
 * }</pre>
 *
 * <p>Thread-safe. Starting never throws and never waits for a receiver. A setting that is not allowed switches the telemetry
 * off with one ERROR line: then {@link #isEnabled} is false, servers and clients come back unchanged, and the rest is empty.
 *
 * <p>A program that does not close it may rely on the end of the JVM, which closes within {@link #DEFAULT_CLOSE}
 * ({@code weir.shutdown.hook=false} leaves that out).
 *
 * <p>Bounds: two daemon threads, one daemon event loop for the network ({@code otlp-net}), and a thread that lives only while
 * code of the application is asked; the memory and disk that the settings of the rooms name.
 */
public final class Weir implements AutoCloseable {

    /** How long {@link #close()} may take. */
    public static final Duration DEFAULT_CLOSE = Duration.ofSeconds(5);

    /** The logger of the start block and of what goes wrong at the start. */
    static final String LOGGER = "weir.start";

    private final Ledger ledger;
    private final Health health;
    private final @Nullable Parts parts;
    private @Nullable CloseReport report;
    private Registration hook = Registration.NONE;

    private Weir(Ledger ledger, Health health, @Nullable Parts parts) {
        this.ledger = ledger;
        this.health = health;
        this.parts = parts;
    }

    /** Starts with what system properties and environment say. */
    public static Weir start() {
        return builder().start();
    }

    /** Starts after more has been said. */
    public static WeirBuilder builder() {
        return new WeirBuilder();
    }

    static Weir of(Parts parts) {
        return new Weir(parts.runtime.ledger(), parts.runtime.health(), parts);
    }

    /** Something to undo when this is closed. */
    synchronized void onClose(Registration hook) {
        this.hook = hook;
    }

    /** Does nothing. */
    static Weir off() {
        return new Weir(new Ledger(), new Health(), null);
    }

    /** Whether the telemetry runs. */
    public boolean isEnabled() {
        return parts != null;
    }

    /** Gives every request of the server a span, its outcome to the metrics, and its trace to what the handler calls. */
    public HttpServer instrument(HttpServer server) {
        return parts == null ? server : parts.http.instrument(server);
    }

    /** Gives every request of the client a span below the current one and sends the trace along. */
    public HttpClient instrument(HttpClient client) {
        return parts == null ? client : parts.http.instrument(client);
    }

    /** Names the requests by the template that matched: {@code HttpServer.route(weir.routes(r -> r.get("/a/{b}", …)))}. */
    public Consumer<HttpServerRoutes> routes(Consumer<? super HttpServerRoutes> routes) {
        return parts == null ? routes::accept : parts.http.routes(routes);
    }

    /** The API for spans, instruments and log records of the application's own. */
    public OpenTelemetry openTelemetry() {
        return parts == null ? OpenTelemetry.noop() : parts.rooms.openTelemetry();
    }

    /** What the last minute looked like, one line for each series; percentiles are computed in the process. */
    public List<SeriesSummary> latencies() {
        return parts == null ? List.of() : parts.latencies.summaries();
    }

    /** The account of every record. */
    public Ledger ledger() {
        return ledger;
    }

    /** How the rooms are. */
    public Health health() {
        return health;
    }

    /** More of HTTP: WebClient, WebFlux, access log. Empty when the telemetry is off. */
    public Optional<HttpTelemetry> http() {
        return Optional.ofNullable(parts).map(p -> p.http);
    }

    /** Histograms of the application's own. Empty when the telemetry is off. */
    public Optional<LatencyMetrics> latencyMetrics() {
        return Optional.ofNullable(parts).map(p -> p.latencies);
    }

    /** The pipe of the log records. Empty when the telemetry is off, or {@code otel.logs.exporter} names another than OTLP. */
    public Optional<LogPipe> logPipe() {
        return Optional.ofNullable(parts).map(p -> p.rooms).filter(Rooms::logs).map(Rooms::pipe);
    }

    /**
     * Sends what was recorded before. Blocks; not for event loops.
     *
     * @return whether all of it was delivered, stored or counted as lost in time
     */
    public boolean flush(Duration atMost) {
        return parts == null || parts.flush(atMost);
    }

    /** As {@link #close(Duration)} with {@link #DEFAULT_CLOSE}. */
    @Override
    public void close() {
        close(DEFAULT_CLOSE);
    }

    /**
     * Ends: takes the instruments out, sends what there is, stores or counts the rest. Blocks at most about {@code deadline};
     * not for event loops. Idempotent.
     *
     * @return what became of the records that were inside
     */
    public synchronized CloseReport close(Duration deadline) {
        CloseReport done = report;
        if (done == null) {
            done = parts == null ? CloseReport.NOTHING : parts.close(deadline);
            report = done;
            hook.close();
        }
        return done;
    }

    /** The rooms of a Weir that runs. */
    static final class Parts {

        /** The share of a deadline in which the log pipe hands over what it has, before the export closes its doors. */
        private static final double DRAIN_SHARE = 0.6;

        /** The share of the rest that the export may use before the pipe closes. */
        private static final double EXPORT_SHARE = 0.9;

        final TelemetryRuntime runtime;
        final Rooms rooms;
        final TracePropagation propagation;
        final HttpTelemetry http;
        final LatencyMetrics latencies;
        final LogCapture capture;

        Parts(
                TelemetryRuntime runtime,
                Rooms rooms,
                TracePropagation propagation,
                HttpTelemetry http,
                LatencyMetrics latencies,
                LogCapture capture) {
            this.runtime = runtime;
            this.rooms = rooms;
            this.propagation = propagation;
            this.http = http;
            this.latencies = latencies;
            this.capture = capture;
        }

        boolean flush(Duration atMost) {
            try {
                Boolean done =
                        rooms.pipe().flush().then(rooms.export().flush(atMost)).block(atMost.plusSeconds(1));
                return Boolean.TRUE.equals(done);
            } catch (RuntimeException e) {
                return false;
            }
        }

        CloseReport close(Duration deadline) {
            long start = System.nanoTime();
            Totals before = Totals.of(runtime.ledger());
            capture.close();
            http.close();
            propagation.close();
            OpenTelemetrySdk sdk = rooms.sdk();
            if (sdk != null) {
                sdk.shutdown();
            }
            SdkMeterProvider meters = rooms.meters();
            if (meters != null) {
                meters.shutdown();
            }
            // The export goes before the pipe: its spool, where it puts what could not be sent, is the pipe's.
            rooms.pipe().drain(share(deadline, DRAIN_SHARE));
            Duration left = deadline.minusNanos(System.nanoTime() - start);
            rooms.export().close(left.isNegative() ? Duration.ofMillis(1) : share(left, EXPORT_SHARE));
            left = deadline.minusNanos(System.nanoTime() - start);
            rooms.pipe().close(left.isNegative() ? Duration.ofMillis(1) : left);
            latencies.close();
            runtime.close();
            Totals after = Totals.of(runtime.ledger());
            return new CloseReport(after.delivered - before.delivered, after.queued, after.dropped - before.dropped);
        }

        private static Duration share(Duration of, double share) {
            return Duration.ofNanos((long) (of.toNanos() * share));
        }
    }

    /** Sums over the signals: a record that passes from the pipe to the export is counted once. */
    private record Totals(long delivered, long queued, long dropped) {

        static Totals of(Ledger ledger) {
            long delivered = 0;
            long queued = 0;
            long dropped = 0;
            for (SignalLedger signal : ledger.signals()) {
                LedgerSnapshot account = signal.snapshot();
                delivered += account.delivered();
                queued += account.queued();
                dropped += account.droppedTotal();
            }
            return new Totals(delivered, queued, dropped);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.context.TracePropagation;
import dev.weir.core.CloseReport;
import dev.weir.core.Health;
import dev.weir.core.Ledger;
import dev.weir.core.Registration;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.Deadline;
import dev.weir.http.HttpTelemetry;
import dev.weir.log.LogPipe;
import dev.weir.metric.LatencyMetrics;
import dev.weir.metric.SeriesSummary;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;
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
 * <p>A program that does not close it may rely on the end of the JVM, which closes within {@link #DEFAULT_CLOSE}, once the
 * application's own shutdown hooks are done ({@code weir.shutdown.delay} says how long it waits for them; {@code weir.shutdown.hook=false}
 * leaves all of it out).
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
    private final @Nullable Ending ending;

    private Weir(Ledger ledger, Health health, @Nullable Parts parts) {
        this.ledger = ledger;
        this.health = health;
        this.parts = parts;
        this.ending = parts == null ? null : new Ending(parts);
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

    /** The end of the JVM closes this, but waits at most {@code delay} for the hooks of the application. */
    void closeWithTheJvm(Duration delay) {
        if (ending != null) {
            ending.closeWithTheJvm(this, delay);
        }
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
     * Sends what was recorded before. Blocks, interrupted or not; not for event loops, which are told false.
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
     * Ends: takes the instruments out, sends what there is, stores or counts the rest. Blocks at most about {@code deadline}; an
     * interrupt does not shorten that, the thread has its flag again afterwards. Where the caller must not wait, on an event loop for
     * example, it goes on behind it. Idempotent: who comes second waits for the first.
     *
     * @return what became of the records that were inside; {@link CloseReport#NOTHING} when the caller did not wait for the end
     */
    public CloseReport close(Duration deadline) {
        return ending == null ? CloseReport.NOTHING : ending.run(deadline);
    }

    /** The rooms of a Weir that runs. */
    static final class Parts {

        final TelemetryRuntime runtime;
        final Rooms rooms;
        final TracePropagation propagation;
        final HttpTelemetry http;
        final LatencyMetrics latencies;
        final LogCapture capture;
        final Registration globalSeat;
        final Registration ownLines;

        Parts(
                TelemetryRuntime runtime,
                Rooms rooms,
                TracePropagation propagation,
                HttpTelemetry http,
                LatencyMetrics latencies,
                LogCapture capture,
                Registration globalSeat,
                Registration ownLines) {
            this.runtime = runtime;
            this.rooms = rooms;
            this.propagation = propagation;
            this.http = http;
            this.latencies = latencies;
            this.capture = capture;
            this.globalSeat = globalSeat;
            this.ownLines = ownLines;
        }

        boolean flush(Duration atMost) {
            CompletableFuture<Boolean> done =
                    rooms.pipe().flush().then(rooms.export().flush(atMost)).toFuture();
            return !Schedulers.isInNonBlockingThread()
                    && Deadline.in(Deadline.bounded(atMost).plusSeconds(1)).await(done)
                    && !done.isCompletedExceptionally()
                    && done.getNow(false);
        }
    }
}

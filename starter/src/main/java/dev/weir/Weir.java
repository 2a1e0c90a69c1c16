// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.CloseReport;
import dev.weir.core.Health;
import dev.weir.core.Ledger;
import dev.weir.http.HttpTelemetry;
import dev.weir.log.LogPipe;
import dev.weir.metric.LatencyMetrics;
import dev.weir.metric.SeriesSummary;
import io.opentelemetry.api.OpenTelemetry;
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
 * <p>Thread-safe. Starting never throws and never waits for a receiver. A setting that is not allowed switches the
 * telemetry off with one ERROR line: then {@link #isEnabled} is false, servers and clients come back unchanged, and the
 * rest is empty.
 *
 * <p>A program that does not close it may rely on the end of the JVM, which closes within {@link #DEFAULT_CLOSE}, once
 * the application's own shutdown hooks are done ({@code weir.shutdown.delay} says how long it waits for them;
 * {@code weir.shutdown.hook=false} leaves all of it out).
 *
 * <p>Bounds: two daemon threads, one daemon event loop for the network ({@code otlp-net}), and a thread that lives only
 * while code of the application is asked; the memory and disk that the settings of the modules name.
 *
 * @since 0.1
 */
public final class Weir implements AutoCloseable {

    /** How long {@link #close()} may take. */
    public static final Duration DEFAULT_CLOSE = Duration.ofSeconds(5);

    /** The logger of the start block and of failures at the start. */
    static final String LOGGER = "weir.start";

    private final Ledger ledger;
    private final Health health;
    private final @Nullable Installation installation;
    private final @Nullable Ending ending;

    private Weir(Ledger ledger, Health health, @Nullable Installation installation) {
        this.ledger = ledger;
        this.health = health;
        this.installation = installation;
        this.ending = installation == null ? null : new Ending(installation);
    }

    /**
     * Starts with what system properties and environment say. Never throws, as {@link WeirBuilder#start}.
     *
     * @return a Weir that runs, or one that does nothing: see {@link #isEnabled}
     */
    public static Weir start() {
        return builder().start();
    }

    /** {@return a new builder of a Weir} */
    public static WeirBuilder builder() {
        return new WeirBuilder();
    }

    static Weir of(Installation installation) {
        return new Weir(installation.runtime().ledger(), installation.runtime().health(), installation);
    }

    /** The end of the JVM closes this, but waits at most {@code delay} for the hooks of the application. */
    void closeWithTheJvm(Duration delay) {
        if (ending != null) {
            ShutdownHook.register(this::close, ending, delay);
        }
    }

    /** A Weir that does nothing. */
    static Weir off() {
        return new Weir(new Ledger(), new Health(), null);
    }

    /**
     * Whether the telemetry was started. A close does not change it.
     *
     * @return false when {@code otel.sdk.disabled} switched it off or it could not start
     */
    public boolean isEnabled() {
        return installation != null;
    }

    /**
     * Gives every request of the server a span, its outcome to the metrics, and its trace to what the handler calls.
     *
     * @param server stays as it is
     * @return {@code server} with telemetry; {@code server} itself when the telemetry, or that of servers, is off
     */
    public HttpServer instrument(HttpServer server) {
        return installation == null ? server : installation.http().instrument(server);
    }

    /**
     * Gives every request of the client a span below the current one and sends the trace along.
     *
     * @param client stays as it is
     * @return {@code client} with telemetry; {@code client} itself when the telemetry, or that of clients, is off
     */
    public HttpClient instrument(HttpClient client) {
        return installation == null ? client : installation.http().instrument(client);
    }

    /**
     * Names the requests by the template that matched: {@code HttpServer.route(weir.routes(r -> r.get("/a/{b}", …)))}.
     *
     * @param routes adds the routes of the application
     * @return what {@link HttpServer#route} takes: adds the same routes, and records which one matched unless the
     *     telemetry is off
     */
    public Consumer<HttpServerRoutes> routes(Consumer<? super HttpServerRoutes> routes) {
        return installation == null ? routes::accept : installation.http().routes(routes);
    }

    /** {@return the API for the application's own spans, instruments and log records; a no-op when telemetry is off} */
    public OpenTelemetry openTelemetry() {
        return installation == null ? OpenTelemetry.noop() : installation.openTelemetry();
    }

    /**
     * The latencies of the last minute; percentiles are computed in the process.
     *
     * @return one summary for each series; empty when the telemetry is off
     */
    public List<SeriesSummary> latencies() {
        return installation == null ? List.of() : installation.latencies().summaries();
    }

    /** {@return the account of every record; all 0 when the telemetry is off} */
    public Ledger ledger() {
        return ledger;
    }

    /** {@return the health of each module; without any module when the telemetry is off} */
    public Health health() {
        return health;
    }

    /** {@return more of HTTP, such as WebClient, WebFlux and the access log; empty when the telemetry is off} */
    public Optional<HttpTelemetry> http() {
        return Optional.ofNullable(installation).map(Installation::http);
    }

    /** {@return histograms of the application's own; empty when the telemetry is off} */
    public Optional<LatencyMetrics> latencyMetrics() {
        return Optional.ofNullable(installation).map(Installation::latencies);
    }

    /**
     * The pipe of the log records.
     *
     * @return empty when the telemetry is off, or {@code otel.logs.exporter} does not name OTLP
     */
    public Optional<LogPipe> logPipe() {
        return Optional.ofNullable(installation)
                .filter(running -> running.facts().logs())
                .map(Installation::pipe);
    }

    /**
     * Sends what was recorded before. Blocks, interrupted or not; on an event loop it does not wait and returns false.
     *
     * @param atMost how long to wait; the call may take 1 s longer
     * @return whether all of it was delivered, stored or counted as lost in time; true when the telemetry is off
     */
    public boolean flush(Duration atMost) {
        return installation == null || installation.flush(atMost);
    }

    /** As {@link #close(Duration)} with {@link #DEFAULT_CLOSE}. */
    @Override
    public void close() {
        close(DEFAULT_CLOSE);
    }

    /**
     * Ends: takes the instruments out, sends what there is, stores or counts the rest. Blocks at most about
     * {@code deadline}; an interrupt does not shorten that, the thread has its flag again afterwards. Where the caller
     * must not wait, on an event loop for example, it goes on behind it. Idempotent: a second caller waits for the
     * first.
     *
     * @param deadline time for all steps together; negative counts as zero, more than a year as a year
     * @return what became of the records that were inside; {@link CloseReport#NOTHING} when the caller did not wait for
     *     the end, or the telemetry is off
     */
    public CloseReport close(Duration deadline) {
        return ending == null ? CloseReport.NOTHING : ending.run(deadline);
    }
}

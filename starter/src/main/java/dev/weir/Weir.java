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
 * <p>Thread-safe. Starting never throws and never waits for a receiver. A setting that is not allowed switches the telemetry
 * off with one ERROR line: then {@link #isEnabled} is false, servers and clients come back unchanged, and the rest is empty.
 *
 * <p>A program that does not close it may rely on the end of the JVM, which closes within {@link #DEFAULT_CLOSE}, once the
 * application's own shutdown hooks are done ({@code weir.shutdown.delay} says how long it waits for them; {@code weir.shutdown.hook=false}
 * leaves all of it out).
 *
 * <p>Bounds: two daemon threads, one daemon event loop for the network ({@code otlp-net}), and a thread that lives only while
 * code of the application is asked; the memory and disk that the settings of the modules name.
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

    /** Starts with what system properties and environment say. */
    public static Weir start() {
        return builder().start();
    }

    /** A builder of a Weir. */
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

    /** Whether the telemetry runs. */
    public boolean isEnabled() {
        return installation != null;
    }

    /** Gives every request of the server a span, its outcome to the metrics, and its trace to what the handler calls. */
    public HttpServer instrument(HttpServer server) {
        return installation == null ? server : installation.http().instrument(server);
    }

    /** Gives every request of the client a span below the current one and sends the trace along. */
    public HttpClient instrument(HttpClient client) {
        return installation == null ? client : installation.http().instrument(client);
    }

    /** Names the requests by the template that matched: {@code HttpServer.route(weir.routes(r -> r.get("/a/{b}", …)))}. */
    public Consumer<HttpServerRoutes> routes(Consumer<? super HttpServerRoutes> routes) {
        return installation == null ? routes::accept : installation.http().routes(routes);
    }

    /** The API for spans, instruments and log records of the application's own. */
    public OpenTelemetry openTelemetry() {
        return installation == null ? OpenTelemetry.noop() : installation.openTelemetry();
    }

    /** The latencies of the last minute, one line for each series; percentiles are computed in the process. */
    public List<SeriesSummary> latencies() {
        return installation == null ? List.of() : installation.latencies().summaries();
    }

    /** The account of every record. */
    public Ledger ledger() {
        return ledger;
    }

    /** Health of each module. */
    public Health health() {
        return health;
    }

    /** More of HTTP: WebClient, WebFlux, access log. Empty when the telemetry is off. */
    public Optional<HttpTelemetry> http() {
        return Optional.ofNullable(installation).map(Installation::http);
    }

    /** Histograms of the application's own. Empty when the telemetry is off. */
    public Optional<LatencyMetrics> latencyMetrics() {
        return Optional.ofNullable(installation).map(Installation::latencies);
    }

    /** The pipe of the log records. Empty when the telemetry is off, or {@code otel.logs.exporter} names another than OTLP. */
    public Optional<LogPipe> logPipe() {
        return Optional.ofNullable(installation)
                .filter(running -> running.facts().logs())
                .map(Installation::pipe);
    }

    /**
     * Sends what was recorded before. Blocks, interrupted or not; on an event loop it does not wait and returns false.
     *
     * @return whether all of it was delivered, stored or counted as lost in time
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
     * Ends: takes the instruments out, sends what there is, stores or counts the rest. Blocks at most about {@code deadline}; an
     * interrupt does not shorten that, the thread has its flag again afterwards. Where the caller must not wait, on an event loop for
     * example, it goes on behind it. Idempotent: a second caller waits for the first.
     *
     * @return what became of the records that were inside; {@link CloseReport#NOTHING} when the caller did not wait for the end
     */
    public CloseReport close(Duration deadline) {
        return ending == null ? CloseReport.NOTHING : ending.run(deadline);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Choices;
import dev.weir.core.spi.SignalTap;
import dev.weir.core.spi.Spool;
import dev.weir.otlp.internal.config.EndpointText;
import dev.weir.otlp.internal.config.HeaderText;
import dev.weir.otlp.internal.config.SignalMap;
import dev.weir.otlp.internal.names.NameResolver;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * Configures an {@link OtlpExport}. Anything not set here is read from the runtime's settings
 * ({@code otel.exporter.otlp.*}, {@code weir.otlp.*}); what is set here wins, also over the settings of single signals.
 * Not thread-safe.
 *
 * <p>Each method checks its argument: it throws {@link NullPointerException} for null, {@link IllegalArgumentException}
 * for a value that is not allowed, and {@link IllegalStateException} when it is called twice. Both name what was set
 * and what is allowed.
 *
 * @since 0.1
 */
public final class OtlpExportBuilder {

    private final Choices choices = new Choices();
    private final List<SignalTap> taps = new ArrayList<>();

    private @Nullable TelemetryRuntime runtime;
    private @Nullable Map<String, String> headers;
    private @Nullable HeaderSource headerSource;
    private @Nullable Spool spool;
    private @Nullable LoopResources loops;
    private @Nullable Set<Signal> closeAfter;
    private @Nullable OtlpProtocol defaultProtocol;

    /** For tests; closed with the export. */
    @Nullable
    NameResolver nameResolver;

    /** For tests of a shortage of memory. */
    ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;

    OtlpExportBuilder() {}

    /**
     * Shares settings, clock, threads, ledger and health with other modules. Default: the export has its own.
     *
     * @param runtime is not closed with the export
     * @return this builder
     */
    public OtlpExportBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Choices.once("runtime", this.runtime, runtime);
        return this;
    }

    /**
     * The receiver of all signals: for HTTP the path {@code v1/traces} and so on is appended. Excludes
     * {@link #endpoints}.
     *
     * @param endpoint for example {@code http://collector:4318} or {@code unix:///run/otel.sock}; for gRPC also
     *     {@code host:port}
     * @return this builder
     * @throws IllegalArgumentException when it is no address
     */
    public OtlpExportBuilder endpoint(String endpoint) {
        return endpoints(List.of(Objects.requireNonNull(endpoint, "endpoint")));
    }

    /**
     * Receivers of equal worth: requests are spread over those that answer.
     *
     * @param endpoints at least one, each in the form of {@link #endpoint}
     * @return this builder
     * @throws IllegalArgumentException when the list is empty, or contains what is no address
     */
    public OtlpExportBuilder endpoints(List<String> endpoints) {
        String name = OtlpSettings.ENDPOINT.all().name();
        for (String endpoint : Objects.requireNonNull(endpoints, "endpoints")) {
            EndpointText.requireAddress(name, Objects.requireNonNull(endpoint, "endpoints"));
        }
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException(name + " is \"\", allowed: at least one address");
        }
        choices.set(OtlpSettings.ENDPOINT.all(), List.copyOf(endpoints));
        return this;
    }

    /**
     * The protocol. Default: by the endpoint's port, else {@link OtlpProtocol#HTTP_PROTOBUF}.
     *
     * @param protocol of all signals
     * @return this builder
     */
    public OtlpExportBuilder protocol(OtlpProtocol protocol) {
        choices.set(OtlpSettings.PROTOCOL.all(), protocol);
        return this;
    }

    /**
     * How bodies are compressed. Default: {@link Compression#NONE}.
     *
     * @param compression of the requests of all signals
     * @return this builder
     * @throws IllegalArgumentException when the classes that it needs are absent
     */
    public OtlpExportBuilder compression(Compression compression) {
        String name = OtlpSettings.COMPRESSION.all().name();
        Objects.requireNonNull(compression, name).requireAvailable(name, OtlpExportBuilder.class.getClassLoader());
        choices.set(OtlpSettings.COMPRESSION.all(), compression);
        return this;
    }

    /**
     * The longest time of one attempt to send. Default: 10 s.
     *
     * @param timeout 0…10 minutes; 0 is no limit
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     */
    public OtlpExportBuilder timeout(Duration timeout) {
        choices.set(OtlpSettings.TIMEOUT.all(), timeout);
        return this;
    }

    /**
     * The longest time that a record waits for its batch to fill. Default: 200 ms.
     *
     * @param linger 1 ms…60 s
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     */
    public OtlpExportBuilder linger(Duration linger) {
        choices.set(OtlpSettings.LINGER, linger);
        return this;
    }

    /**
     * The time between two collections of metrics. Default: 1 minute.
     *
     * @param interval 10 ms…1 day
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     */
    public OtlpExportBuilder metricInterval(Duration interval) {
        choices.set(OtlpSettings.METRIC_INTERVAL, interval);
        return this;
    }

    /**
     * Headers of every request; the values appear in no message.
     *
     * @param headers values by names; they replace the headers of the settings
     * @return this builder
     * @throws IllegalArgumentException for a name that is no token of RFC 9110, or a value with a control character
     */
    public OtlpExportBuilder headers(Map<String, String> headers) {
        Map<String, String> checked = HeaderText.check("headers", Objects.requireNonNull(headers, "headers"));
        this.headers = Choices.once("headers", this.headers, checked);
        return this;
    }

    /**
     * Headers that change while the process runs; they win over fixed ones of the same name.
     *
     * @param source is called for each request, one call after the other
     * @return this builder
     */
    public OtlpExportBuilder headerSource(HeaderSource source) {
        this.headerSource = Choices.once("headerSource", this.headerSource, source);
        return this;
    }

    /**
     * Where batches wait on disk. Default: batches wait in memory only.
     *
     * @param spool is not closed with the export
     * @return this builder
     */
    public OtlpExportBuilder spool(Spool spool) {
        this.spool = Choices.once("spool", this.spool, spool);
        return this;
    }

    /**
     * Where batches wait. Default: {@link Durability#SPILL} with a spool, {@link Durability#MEMORY} without.
     *
     * @param durability needs a {@link #spool}, except {@link Durability#MEMORY}
     * @return this builder
     */
    public OtlpExportBuilder durability(Durability durability) {
        choices.set(OtlpSettings.DURABILITY, durability);
        return this;
    }

    /**
     * Adds a tap, which gets each request body. May be called several times.
     *
     * @param tap is called on a thread of its own
     * @return this builder
     */
    public OtlpExportBuilder tap(SignalTap tap) {
        taps.add(Objects.requireNonNull(tap, "tap"));
        return this;
    }

    /**
     * The event loops of the connections. Default: one loop of its own, a daemon thread.
     *
     * @param loops are not disposed with the export
     * @return this builder
     */
    public OtlpExportBuilder loopResources(LoopResources loops) {
        this.loops = Choices.once("loopResources", this.loops, loops);
        return this;
    }

    /**
     * The protocol when neither a setting nor the endpoint's port decides. Default: {@link OtlpProtocol#HTTP_PROTOBUF}.
     *
     * @param protocol yields to {@link #protocol}, too
     * @return this builder
     */
    public OtlpExportBuilder defaultProtocol(OtlpProtocol protocol) {
        this.defaultProtocol = Choices.once("defaultProtocol", this.defaultProtocol, protocol);
        return this;
    }

    /**
     * Closes the export once an SDK has shut down its processors and reader for all of these signals, for a program
     * that holds only the SDK. Default: the program calls {@link OtlpExport#close}.
     *
     * @param signals at least one; the last shutdown of these begins the close
     * @return this builder
     * @throws IllegalArgumentException when empty
     */
    public OtlpExportBuilder closeAfter(Set<Signal> signals) {
        if (Objects.requireNonNull(signals, "closeAfter").isEmpty()) {
            throw new IllegalArgumentException("closeAfter is \"\", allowed: at least one signal");
        }
        this.closeAfter = Choices.once("closeAfter", this.closeAfter, Set.copyOf(signals));
        return this;
    }

    /**
     * Checks all and starts.
     *
     * @return a running export, which the caller closes
     * @throws IllegalArgumentException when a setting is out of its range
     * @throws IllegalStateException when two settings contradict each other
     */
    public OtlpExport build() {
        TelemetryRuntime given = runtime;
        Settings settings = given == null ? Settings.load() : given.settings();
        ExportConfig config = config(settings);
        if (given == null) {
            return OtlpExport.start(config, TelemetryRuntime.create(settings));
        }
        given.threads().retain();
        return OtlpExport.start(config, given);
    }

    private ExportConfig config(Settings settings) {
        Choices.Values values = choices.over(settings);
        SignalConfigReader signals = new SignalConfigReader(
                values, headers, defaultProtocol == null ? OtlpProtocol.HTTP_PROTOBUF : defaultProtocol);
        return new ExportConfig(
                values,
                SignalMap.of(signals::read),
                SignalMap.of(signal -> SignalTuningReader.read(signal, values)),
                ExportConfig.durability(values, spool),
                spool,
                headerSource,
                taps,
                closeAfter,
                loops,
                nameResolver,
                allocator);
    }
}

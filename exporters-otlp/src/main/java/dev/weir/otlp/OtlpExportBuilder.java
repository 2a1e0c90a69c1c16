// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.SignalTap;
import dev.weir.core.spi.Spool;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * Configures an {@link OtlpExport}. What is not set here is read from the runtime's settings ({@code otel.exporter.otlp.*},
 * {@code weir.otlp.*}). Not thread-safe.
 */
public final class OtlpExportBuilder {

    @Nullable
    TelemetryRuntime runtime;

    @Nullable
    List<String> endpoints;

    @Nullable
    OtlpProtocol protocol;

    @Nullable
    Compression compression;

    @Nullable
    Duration timeout;

    @Nullable
    Duration linger;

    @Nullable
    Duration metricInterval;

    @Nullable
    Map<String, String> headers;

    @Nullable
    HeaderSource headerSource;

    @Nullable
    Spool spool;

    @Nullable
    Durability durability;

    @Nullable
    LoopResources loops;

    /** For tests; closed with the export. */
    @Nullable
    NameResolver nameResolver;

    /** For tests of what happens without memory. */
    ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;

    @Nullable
    Set<Signal> closeAfter;

    OtlpProtocol fallbackProtocol = OtlpProtocol.HTTP_PROTOBUF;

    final List<SignalTap> taps = new ArrayList<>();

    OtlpExportBuilder() {}

    /** Shares settings, clock, threads, ledger and health with other rooms. Without it the exporter has its own. */
    public OtlpExportBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Objects.requireNonNull(runtime, "runtime");
        return this;
    }

    /**
     * The receiver of all signals, for example {@code http://collector:4318}: for HTTP the path {@code v1/traces} and so on
     * is appended.
     */
    public OtlpExportBuilder endpoint(String endpoint) {
        return endpoints(List.of(endpoint));
    }

    /**
     * Receivers of equal worth: requests are spread over those that answer.
     *
     * @throws IllegalArgumentException when the list is empty
     */
    public OtlpExportBuilder endpoints(List<String> endpoints) {
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("endpoints must not be empty");
        }
        this.endpoints = List.copyOf(endpoints);
        return this;
    }

    /** How batches travel. Default: by the endpoint's port, else {@link OtlpProtocol#HTTP_PROTOBUF}. */
    public OtlpExportBuilder protocol(OtlpProtocol protocol) {
        this.protocol = Objects.requireNonNull(protocol, "protocol");
        return this;
    }

    /** How bodies are compressed. Default {@link Compression#NONE}. */
    public OtlpExportBuilder compression(Compression compression) {
        this.compression = Objects.requireNonNull(compression, "compression");
        return this;
    }

    /**
     * How long one attempt may take; zero is no limit. Default 10 s.
     *
     * @throws IllegalArgumentException when not within 0…10 min
     */
    public OtlpExportBuilder timeout(Duration timeout) {
        this.timeout = OtlpSettings.TIMEOUT.all().check(timeout);
        return this;
    }

    /**
     * How long a record may wait for company. Default 200 ms.
     *
     * @throws IllegalArgumentException when not within 1 ms…60 s
     */
    public OtlpExportBuilder linger(Duration linger) {
        this.linger = OtlpSettings.LINGER.check(linger);
        return this;
    }

    /**
     * The time between two collections of metrics. Default 1 min.
     *
     * @throws IllegalArgumentException when not within 10 ms…1 d
     */
    public OtlpExportBuilder metricInterval(Duration interval) {
        this.metricInterval = OtlpSettings.METRIC_INTERVAL.check(interval);
        return this;
    }

    /**
     * Headers of every request; the values appear in no message.
     *
     * @throws IllegalArgumentException for a name that is no token of RFC 9110, or a value with a control character
     */
    public OtlpExportBuilder headers(Map<String, String> headers) {
        this.headers = HeaderText.check("headers", headers);
        return this;
    }

    /** Headers that change while the process runs; they win over fixed ones of the same name. */
    public OtlpExportBuilder headerSource(HeaderSource source) {
        this.headerSource = Objects.requireNonNull(source, "source");
        return this;
    }

    /** Where batches wait on disk. The exporter uses it and does not close it. */
    public OtlpExportBuilder spool(Spool spool) {
        this.spool = Objects.requireNonNull(spool, "spool");
        return this;
    }

    /** Where batches wait. Default {@link Durability#SPILL} with a spool, {@link Durability#MEMORY} without. */
    public OtlpExportBuilder durability(Durability durability) {
        this.durability = Objects.requireNonNull(durability, "durability");
        return this;
    }

    /** Looks on at every batch that leaves. */
    public OtlpExportBuilder tap(SignalTap tap) {
        taps.add(Objects.requireNonNull(tap, "tap"));
        return this;
    }

    /** The event loops to live on; not disposed with the export. Default: one loop of its own, a daemon thread. */
    public OtlpExportBuilder loopResources(LoopResources loops) {
        this.loops = Objects.requireNonNull(loops, "loops");
        return this;
    }

    /** How batches travel when neither a setting nor the endpoint's port tells. Default {@link OtlpProtocol#HTTP_PROTOBUF}. */
    public OtlpExportBuilder defaultProtocol(OtlpProtocol protocol) {
        this.fallbackProtocol = Objects.requireNonNull(protocol, "protocol");
        return this;
    }

    /**
     * Closes the export once an SDK has shut down its processors and reader for all of these signals, for a program that holds
     * only the SDK. Default: none, {@link OtlpExport#close} is the program's.
     *
     * @throws IllegalArgumentException when empty
     */
    public OtlpExportBuilder closeAfter(Set<Signal> signals) {
        if (signals.isEmpty()) {
            throw new IllegalArgumentException("signals must not be empty");
        }
        this.closeAfter = EnumSet.copyOf(signals);
        return this;
    }

    /**
     * Checks all and starts.
     *
     * @throws IllegalArgumentException when a setting is out of its range
     * @throws IllegalStateException when two settings contradict each other
     */
    public OtlpExport build() {
        return OtlpExport.start(this);
    }
}

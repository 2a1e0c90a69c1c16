// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.GuestCalls;
import dev.weir.core.spi.Spool;
import dev.weir.otlp.internal.encode.EncodedRequest;
import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.GrpcTransport;
import dev.weir.otlp.internal.transport.GuestHeaders;
import dev.weir.otlp.internal.transport.HostPort;
import dev.weir.otlp.internal.transport.HttpTransport;
import dev.weir.otlp.internal.transport.ProxyAddress;
import dev.weir.otlp.internal.transport.RequestHeaders;
import dev.weir.otlp.internal.transport.Target;
import dev.weir.otlp.internal.transport.Transport;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.metrics.export.DefaultAggregationSelector;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Puts the parts of an export together from its configuration. */
final class ExportParts {

    /** How many requests may wait for their headers. */
    private static final int MAX_QUESTIONS = 1024;

    private final TelemetryRuntime runtime;
    private final TelemetryLoop worker;
    private final Settings settings;
    private final OtlpExportBuilder builder;
    private final Map<Signal, SignalConfig> configs;
    private final Map<Signal, SignalTuning> tunings = new EnumMap<>(Signal.class);
    private final Clients clients;
    private final Targets targets;
    private final @Nullable SpreadNames names;
    private final Packer packer;
    private final Taps taps;
    /** Where the source of headers is asked. */
    private final GuestCalls guests;

    private final DeadLetters deadLetters;
    private final Durability durability;
    private final Map<String, Destination> destinations = new HashMap<>();

    private ExportParts(OtlpExportBuilder builder, TelemetryRuntime runtime, Map<Signal, SignalConfig> configs) {
        this.builder = builder;
        this.runtime = runtime;
        this.worker = runtime.threads().worker();
        this.settings = runtime.settings();
        this.configs = configs;
        for (Signal signal : Signal.values()) {
            tunings.put(signal, SignalTuning.of(signal, settings, builder.linger));
        }
        // What may be refused comes before what has a thread.
        this.durability = durability(builder, settings);
        requireSpreadAllowed(settings);
        this.clients = new Clients(
                settings.get(OtlpSettings.MAX_CONCURRENCY),
                (task, delay) -> worker.schedule(delay, task)::close,
                builder.loops,
                proxy(settings));
        this.targets = new Targets(clients, runtime);
        this.names = names(builder, runtime, clients);
        this.packer = new Packer(
                builder.allocator, settings.get(OtlpSettings.GZIP_LEVEL), settings.get(OtlpSettings.ZSTD_LEVEL));
        this.taps = new Taps(builder.taps, worker, runtime.ticker());
        this.guests = new GuestCalls(
                "the source of headers",
                "nothing can be sent without it",
                MAX_QUESTIONS,
                "weir.otlp",
                runtime.ticker()::nanoTime,
                (task, delay) -> worker.schedule(delay, task));
        this.deadLetters = new DeadLetters(runtime.ticker());
    }

    static ExportParts of(OtlpExportBuilder builder, TelemetryRuntime runtime) {
        SignalConfig.Wishes wishes = new SignalConfig.Wishes(
                builder.endpoints,
                builder.protocol,
                builder.headers,
                builder.timeout,
                builder.compression,
                builder.fallbackProtocol);
        Map<Signal, SignalConfig> configs = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            configs.put(signal, SignalConfig.of(signal, runtime.settings(), wishes));
        }
        return new ExportParts(builder, runtime, configs);
    }

    private static void requireSpreadAllowed(Settings settings) {
        if (settings.get(OtlpSettings.DNS_SPREAD) && settings.find(OtlpSettings.PROXY) != null) {
            throw new IllegalStateException(OtlpSettings.DNS_SPREAD.name() + " is \"true\", allowed with "
                    + OtlpSettings.PROXY.name() + ": false, because the proxy finds the addresses");
        }
    }

    private static @Nullable SpreadNames names(OtlpExportBuilder builder, TelemetryRuntime runtime, Clients clients) {
        Settings settings = runtime.settings();
        if (!settings.get(OtlpSettings.DNS_SPREAD)) {
            return null;
        }
        NameResolver resolver = builder.nameResolver;
        if (resolver == null) {
            resolver = new NettyNameResolver(clients.loops());
        }
        return new SpreadNames(
                resolver, runtime.threads().worker(), runtime.ticker(), settings.get(OtlpSettings.DNS_REFRESH));
    }

    /** To be called when all lanes stand. */
    void start() {
        if (names != null) {
            names.start();
        }
    }

    private static Durability durability(OtlpExportBuilder builder, Settings settings) {
        if (builder.durability == null && builder.spool == null) {
            requireNoSpoolWanted(settings);
            return Durability.MEMORY;
        }
        Durability wanted = builder.durability == null ? settings.get(OtlpSettings.DURABILITY) : builder.durability;
        if (wanted != Durability.MEMORY && builder.spool == null) {
            throw new IllegalStateException("durability " + wanted.name().toLowerCase(Locale.ROOT) + " needs a spool");
        }
        return wanted;
    }

    /** Without a spool the default becomes memory; what a user asked for does not. */
    private static void requireNoSpoolWanted(Settings settings) {
        Setting<Durability> durability = OtlpSettings.DURABILITY;
        Durability wanted = settings.get(durability);
        if (wanted != Durability.MEMORY && settings.source(durability) != Settings.Source.DEFAULT) {
            throw new IllegalStateException(
                    durability.name() + " is \"" + wanted.name().toLowerCase(Locale.ROOT)
                            + "\" (from " + settings.sourceName(durability)
                            + "), which needs a spool; allowed without one: memory");
        }
    }

    Lane lane(Signal signal) {
        SignalConfig config = config(signal);
        Ticker ticker = runtime.ticker();
        Spool spool = durability == Durability.MEMORY ? null : builder.spool;
        SpoolLink link = spool == null
                ? null
                : new SpoolLink(spool, signal, worker, runtime.threads().io(), durability == Durability.ALWAYS);
        return new Lane(
                options(config),
                runtime.ledger().of(signal),
                worker,
                ticker,
                destination(config),
                transports(config),
                packer,
                taps,
                deadLetters,
                link);
    }

    /** Whether something listens at the first endpoint of {@code signal}. */
    Mono<Void> reach(Signal signal) {
        URI endpoint = endpoints(signal).get(0);
        HostPort address = Objects.requireNonNull(HostPort.of(endpoint), "an endpoint has a host");
        int usual = "https".equals(endpoint.getScheme()) ? 443 : 80;
        return clients.reach(address.host(), address.port() < 0 ? usual : address.port());
    }

    List<URI> endpoints(Signal signal) {
        return config(signal).endpoints();
    }

    @SuppressWarnings("NullAway") // of() fills every key
    SignalConfig config(Signal signal) {
        return configs.get(signal);
    }

    @SuppressWarnings("NullAway") // of() fills every key
    private SignalTuning tuning(Signal signal) {
        return tunings.get(signal);
    }

    private LaneOptions options(SignalConfig config) {
        SignalTuning tuning = tuning(config.signal());
        int maxRequest = settings.get(OtlpSettings.MAX_REQUEST_BYTES).intValue();
        int batchBytes =
                Math.min(maxRequest, settings.get(OtlpSettings.BATCH_BYTES).intValue());
        return new LaneOptions(
                config.endpoints().stream().map(ExportParts::forPeople).collect(Collectors.joining(", ")),
                config.protocol(),
                config.compression(),
                settings.get(OtlpSettings.AUTH_POLICY),
                tuning.attempt(config.timeout()),
                tuning.linger(),
                tuning.batchRecords(),
                batchBytes,
                Math.max(batchBytes, maxBatchBytes(maxRequest)),
                maxRequest,
                settings.get(OtlpSettings.MEMORY_BYTES),
                settings.get(OtlpSettings.MAX_AGE),
                durability);
    }

    /** A size that somebody set is kept; else it follows the traffic as far as two batches fit into the memory. */
    private int maxBatchBytes(int maxRequest) {
        if (settings.source(OtlpSettings.BATCH_BYTES) != Settings.Source.DEFAULT) {
            return 0;
        }
        long half = settings.get(OtlpSettings.MEMORY_BYTES) / 2;
        return (int) Math.min(Math.min(maxRequest, BatchTarget.LARGEST), half);
    }

    /** How long the worker may rest: half of the linger is spent unseen in the ring, half of it seen. */
    Duration rest() {
        Duration shortest = OtlpSettings.LONGEST_REST;
        for (SignalTuning tuning : tunings.values()) {
            if (tuning.linger().compareTo(shortest) < 0) {
                shortest = tuning.linger();
            }
        }
        return shortest.dividedBy(2);
    }

    private static String forPeople(URI endpoint) {
        return endpoint.getFragment() != null ? "unix://" + endpoint.getFragment() : endpoint.toString();
    }

    /** Signals that go to the same addresses in the same way share what is known about them. */
    private Destination destination(SignalConfig config) {
        List<String> addresses = new ArrayList<>();
        Map<Integer, SpreadName> spread = new HashMap<>();
        for (URI endpoint : config.endpoints()) {
            String address = endpoint.getFragment() != null
                    ? forPeople(endpoint)
                    : endpoint.getScheme() + "://" + endpoint.getRawAuthority();
            SpreadName name = spreadName(endpoint);
            if (name != null) {
                spread.put(addresses.size(), name);
            }
            addresses.addAll(Collections.nCopies(name == null ? 1 : SpreadName.SLOTS, address));
        }
        return destinations.computeIfAbsent(config.protocol() + " " + addresses, key -> {
            Destination made = new Destination(
                    worker,
                    runtime.ticker(),
                    settings.get(OtlpSettings.MAX_CONCURRENCY),
                    runtime.ticker().nanoTime() ^ key.hashCode(),
                    addresses,
                    config.hint());
            spread.forEach((first, name) -> name.listen((found, slot) -> made.readdress(
                    first + slot,
                    found == null ? null : addresses.get(first) + (found.isEmpty() ? "" : " (" + found + ")"))));
            return made;
        });
    }

    private @Nullable SpreadName spreadName(URI endpoint) {
        return names == null ? null : names.of(endpoint);
    }

    private List<Transport> transports(SignalConfig config) {
        RequestHeaders headers = headers(config);
        List<Transport> transports = new ArrayList<>();
        for (URI endpoint : config.endpoints()) {
            Target target = targets.of(config, endpoint);
            SpreadName name = spreadName(endpoint);
            if (name == null) {
                transports.add(transport(config, target, headers));
                continue;
            }
            for (int i = 0; i < SpreadName.SLOTS; i++) {
                int slot = i;
                transports.add(transport(config, target.at(() -> name.address(slot)), headers));
            }
        }
        return transports;
    }

    private Transport transport(SignalConfig config, Target target, RequestHeaders headers) {
        return config.protocol().isGrpc()
                ? new GrpcTransport(
                        target, headers, config.compression().encoding(), settings.get(OtlpSettings.EXHAUSTED_IS_BUSY))
                : new HttpTransport(
                        target,
                        headers,
                        contentType(config),
                        config.compression().encoding(),
                        runtime.ticker());
    }

    private static String contentType(SignalConfig config) {
        return config.protocol() == OtlpProtocol.HTTP_JSON ? HttpTransport.JSON : HttpTransport.PROTOBUF;
    }

    private static @Nullable ProxyAddress proxy(Settings settings) {
        String address = settings.find(OtlpSettings.PROXY);
        return address == null ? null : ProxyAddress.parse(address, settings.find(OtlpSettings.PROXY_CREDENTIALS));
    }

    private RequestHeaders headers(SignalConfig config) {
        HeaderSource source = builder.headerSource;
        if (source == null) {
            return RequestHeaders.of(config.headers());
        }
        return new GuestHeaders(
                guests,
                refused -> source.headers(refused).map(own -> {
                    Map<String, String> all = new LinkedHashMap<>(config.headers());
                    all.putAll(HeaderText.check("the header source", own));
                    return all;
                }));
    }

    <R> IntakeRing<R> ring(Lane lane) {
        return new IntakeRing<>(
                lane.account(),
                tuning(lane.signal()).queueRecords(),
                settings.get(OtlpSettings.QUEUE_BYTES),
                lane.options().batchBytes());
    }

    MetricIntake metrics(
            Lane lane,
            Function<Collection<MetricData>, EncodedRequest> encoder,
            Supplier<CompletableResultCode> flush,
            Supplier<CompletableResultCode> shutdown) {
        Selectors selectors = selectors(settings);
        return new MetricIntake(
                lane,
                encoder,
                selectors.temporality,
                selectors.aggregation,
                builder.metricInterval == null ? settings.get(OtlpSettings.METRIC_INTERVAL) : builder.metricInterval,
                worker,
                runtime.ticker(),
                flush,
                shutdown);
    }

    private record Selectors(AggregationTemporalitySelector temporality, DefaultAggregationSelector aggregation) {}

    private static Selectors selectors(Settings settings) {
        String preference = settings.find(OtlpSettings.TEMPORALITY);
        AggregationTemporalitySelector temporality = switch (preference == null ? "cumulative" : preference) {
            case "delta" -> AggregationTemporalitySelector.deltaPreferred();
            case "lowmemory" -> AggregationTemporalitySelector.lowMemory();
            default -> AggregationTemporalitySelector.alwaysCumulative();
        };
        DefaultAggregationSelector aggregation =
                "base2_exponential_bucket_histogram".equals(settings.find(OtlpSettings.HISTOGRAM))
                        ? DefaultAggregationSelector.getDefault()
                                .with(InstrumentType.HISTOGRAM, Aggregation.base2ExponentialBucketHistogram())
                        : DefaultAggregationSelector.getDefault();
        return new Selectors(temporality, aggregation);
    }

    DeadLetters deadLetters() {
        return deadLetters;
    }

    /** Whether the caller is a thread that carries connections. */
    static boolean isEventLoop() {
        @Nullable EventExecutor executor = ThreadExecutorMap.currentExecutor();
        return executor != null && executor.inEventLoop();
    }

    void dispose() {
        targets.close();
        if (names != null) {
            names.close();
        }
        packer.close();
        taps.close();
        guests.close();
        clients.dispose();
    }

    /** Where each signal goes; no header values. */
    @Override
    public String toString() {
        return configs.values().toString();
    }
}

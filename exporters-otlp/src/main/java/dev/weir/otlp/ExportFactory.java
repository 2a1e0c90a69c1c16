// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.GuestCalls;
import dev.weir.core.spi.Choices;
import dev.weir.core.spi.Spool;
import dev.weir.otlp.internal.config.HeaderText;
import dev.weir.otlp.internal.config.SignalConfig;
import dev.weir.otlp.internal.config.SignalTuning;
import dev.weir.otlp.internal.encode.EncodedRequest;
import dev.weir.otlp.internal.intake.IntakeRing;
import dev.weir.otlp.internal.intake.MetricIntake;
import dev.weir.otlp.internal.names.NameResolver;
import dev.weir.otlp.internal.names.NettyNameResolver;
import dev.weir.otlp.internal.names.SpreadName;
import dev.weir.otlp.internal.names.SpreadNames;
import dev.weir.otlp.internal.pipeline.BatchSizer;
import dev.weir.otlp.internal.pipeline.DeadLetters;
import dev.weir.otlp.internal.pipeline.Destination;
import dev.weir.otlp.internal.pipeline.PayloadCodec;
import dev.weir.otlp.internal.pipeline.PipelineOptions;
import dev.weir.otlp.internal.pipeline.PipelineServices;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import dev.weir.otlp.internal.pipeline.SpoolGateway;
import dev.weir.otlp.internal.pipeline.TapDispatcher;
import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.EndpointClients;
import dev.weir.otlp.internal.transport.GrpcTransport;
import dev.weir.otlp.internal.transport.GuestHeaders;
import dev.weir.otlp.internal.transport.HostPort;
import dev.weir.otlp.internal.transport.HttpTransport;
import dev.weir.otlp.internal.transport.ProxyAddress;
import dev.weir.otlp.internal.transport.RequestHeaders;
import dev.weir.otlp.internal.transport.Target;
import dev.weir.otlp.internal.transport.Transport;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.metrics.export.DefaultAggregationSelector;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Makes the parts of an export from its configuration. Used by one export, which disposes it. */
final class ExportFactory {

    /** How many requests may wait for their headers. */
    private static final int MAX_WAITING_FOR_HEADERS = 1024;

    private final TelemetryRuntime runtime;
    private final TelemetryLoop worker;
    private final ExportConfig config;
    private final Choices.Values values;
    private final Clients clients;
    private final EndpointClients endpointClients;
    private final @Nullable SpreadNames names;
    private final PipelineServices services;
    /** Calls the source of headers. */
    private final GuestCalls guests;

    private final Map<String, Destination> destinations = new HashMap<>();

    ExportFactory(ExportConfig config, TelemetryRuntime runtime) {
        this.config = config;
        this.values = config.values();
        this.runtime = runtime;
        this.worker = runtime.threads().worker();
        // Before what has a thread, because it may be refused.
        ProxyAddress proxy = proxy(values);
        this.clients = new Clients(
                values.get(OtlpSettings.MAX_CONCURRENCY),
                (task, delay) -> worker.schedule(delay, task)::close,
                config.loops(),
                proxy);
        this.endpointClients = new EndpointClients(
                clients,
                runtime,
                values.get(OtlpSettings.HTTP_VERSION).versions(),
                values.get(OtlpSettings.TLS_RELOAD));
        this.names = names();
        this.services = new PipelineServices(
                worker,
                runtime.ticker(),
                new PayloadCodec(
                        config.allocator(), values.get(OtlpSettings.GZIP_LEVEL), values.get(OtlpSettings.ZSTD_LEVEL)),
                new TapDispatcher(config.taps(), worker, runtime.ticker()),
                new DeadLetters(runtime.ticker()));
        this.guests = new GuestCalls(
                "the source of headers",
                "nothing can be sent without it",
                MAX_WAITING_FOR_HEADERS,
                "weir.otlp",
                runtime.ticker()::nanoTime,
                (task, delay) -> worker.schedule(delay, task));
    }

    private static @Nullable ProxyAddress proxy(Choices.Values values) {
        String address = values.find(OtlpSettings.PROXY);
        return address == null ? null : ProxyAddress.of(address, values.find(OtlpSettings.PROXY_CREDENTIALS));
    }

    private @Nullable SpreadNames names() {
        if (!values.get(OtlpSettings.DNS_SPREAD)) {
            return null;
        }
        NameResolver resolver = config.resolver();
        return new SpreadNames(
                resolver == null ? new NettyNameResolver(clients.loops()) : resolver,
                worker,
                runtime.ticker(),
                values.get(OtlpSettings.DNS_REFRESH));
    }

    /** Starts the lookup of names; after all pipelines were made. */
    void start() {
        if (names != null) {
            names.start();
        }
    }

    SignalPipeline pipeline(Signal signal) {
        SignalConfig of = config.signals().get(signal);
        return new SignalPipeline(
                options(of), runtime.ledger().of(signal), destination(of), transports(of), spool(signal), services);
    }

    private @Nullable SpoolGateway spool(Signal signal) {
        Spool spool = config.spool();
        Durability durability = config.durability();
        return spool == null || durability == Durability.MEMORY
                ? null
                : new SpoolGateway(
                        spool,
                        runtime.ledger().of(signal),
                        worker,
                        runtime.threads().io(),
                        durability == Durability.ALWAYS);
    }

    private PipelineOptions options(SignalConfig of) {
        SignalTuning tuning = config.tunings().get(of.signal());
        int maxRequest = values.get(OtlpSettings.MAX_REQUEST_BYTES).intValue();
        int batchBytes =
                Math.min(maxRequest, values.get(OtlpSettings.BATCH_BYTES).intValue());
        return new PipelineOptions(
                of.endpoints().stream().map(ExportFactory::text).collect(Collectors.joining(", ")),
                of.isJson(),
                of.coding(),
                values.get(OtlpSettings.AUTH_POLICY) == AuthPolicy.KEEP,
                tuning.attempt(of.timeout()),
                tuning.linger(),
                tuning.batchRecords(),
                batchBytes,
                Math.max(batchBytes, maxBatchBytes(maxRequest)),
                maxRequest,
                values.get(OtlpSettings.MEMORY_BYTES),
                values.get(OtlpSettings.MAX_AGE));
    }

    /** A size that was set is kept; else it follows the traffic as far as two batches fit into the memory. */
    private int maxBatchBytes(int maxRequest) {
        if (values.isSet(OtlpSettings.BATCH_BYTES)) {
            return 0;
        }
        long half = values.get(OtlpSettings.MEMORY_BYTES) / 2;
        return (int) Math.min(Math.min(maxRequest, BatchSizer.LARGEST), half);
    }

    /** An endpoint as a user writes it. */
    private static String text(URI endpoint) {
        return endpoint.getFragment() != null ? "unix://" + endpoint.getFragment() : endpoint.toString();
    }

    /** Signals that go to the same addresses in the same way share what is known about them. */
    private Destination destination(SignalConfig of) {
        List<String> addresses = new ArrayList<>();
        Map<Integer, SpreadName> spread = new HashMap<>();
        for (URI endpoint : of.endpoints()) {
            String address = endpoint.getFragment() != null
                    ? text(endpoint)
                    : endpoint.getScheme() + "://" + endpoint.getRawAuthority();
            SpreadName name = spreadName(endpoint);
            if (name != null) {
                spread.put(addresses.size(), name);
            }
            addresses.addAll(Collections.nCopies(name == null ? 1 : SpreadName.SLOTS, address));
        }
        return destinations.computeIfAbsent(of.protocol() + " " + addresses, key -> {
            Destination made = new Destination(
                    worker,
                    runtime.ticker(),
                    values.get(OtlpSettings.MAX_CONCURRENCY),
                    runtime.ticker().nanoTime() ^ key.hashCode(),
                    addresses,
                    of.hint());
            spread.forEach((first, name) -> name.listen((found, slot) -> made.readdress(
                    first + slot,
                    found == null ? null : addresses.get(first) + (found.isEmpty() ? "" : " (" + found + ")"))));
            return made;
        });
    }

    private @Nullable SpreadName spreadName(URI endpoint) {
        return names == null ? null : names.of(endpoint);
    }

    private List<Transport> transports(SignalConfig of) {
        RequestHeaders headers = headers(of);
        List<Transport> transports = new ArrayList<>();
        for (URI endpoint : of.endpoints()) {
            Target target = endpointClients.of(of.isGrpc(), of.tls(), endpoint);
            SpreadName name = spreadName(endpoint);
            if (name == null) {
                transports.add(transport(of, target, headers));
                continue;
            }
            for (int i = 0; i < SpreadName.SLOTS; i++) {
                int slot = i;
                transports.add(transport(of, target.at(() -> name.address(slot)), headers));
            }
        }
        return transports;
    }

    private Transport transport(SignalConfig of, Target target, RequestHeaders headers) {
        return of.isGrpc()
                ? new GrpcTransport(target, headers, of.coding().label(), values.get(OtlpSettings.EXHAUSTED_IS_BUSY))
                : new HttpTransport(
                        target,
                        headers,
                        of.isJson() ? HttpTransport.JSON : HttpTransport.PROTOBUF,
                        of.coding().label(),
                        runtime.ticker());
    }

    private RequestHeaders headers(SignalConfig of) {
        HeaderSource source = config.headerSource();
        if (source == null) {
            return RequestHeaders.of(of.headers());
        }
        return new GuestHeaders(
                guests,
                refused -> source.headers(refused).map(own -> {
                    Map<String, String> all = new LinkedHashMap<>(of.headers());
                    all.putAll(HeaderText.check("the header source", own));
                    return all;
                }));
    }

    <R> IntakeRing<R> ring(SignalPipeline pipeline) {
        return new IntakeRing<>(
                pipeline.account(),
                config.tunings().get(pipeline.signal()).queueRecords(),
                values.get(OtlpSettings.QUEUE_BYTES),
                pipeline.options().batchBytes());
    }

    MetricIntake metrics(
            SignalPipeline pipeline,
            Function<Collection<MetricData>, EncodedRequest> encoder,
            Supplier<CompletableResultCode> flush,
            Supplier<CompletableResultCode> shutdown) {
        return new MetricIntake(
                pipeline,
                encoder,
                temporality(values.find(OtlpSettings.TEMPORALITY)),
                aggregation(values.find(OtlpSettings.HISTOGRAM)),
                values.get(OtlpSettings.METRIC_INTERVAL),
                worker,
                runtime.ticker(),
                flush,
                shutdown);
    }

    private static AggregationTemporalitySelector temporality(@Nullable String preference) {
        return switch (preference == null ? "cumulative" : preference) {
            case "delta" -> AggregationTemporalitySelector.deltaPreferred();
            case "lowmemory" -> AggregationTemporalitySelector.lowMemory();
            default -> AggregationTemporalitySelector.alwaysCumulative();
        };
    }

    private static DefaultAggregationSelector aggregation(@Nullable String histogram) {
        DefaultAggregationSelector usual = DefaultAggregationSelector.getDefault();
        return "base2_exponential_bucket_histogram".equals(histogram)
                ? usual.with(InstrumentType.HISTOGRAM, Aggregation.base2ExponentialBucketHistogram())
                : usual;
    }

    ExportConfig config() {
        return config;
    }

    DeadLetters deadLetters() {
        return services.deadLetters();
    }

    /** Tries to connect to the first endpoint of {@code signal}. */
    Mono<Void> reach(Signal signal) {
        URI endpoint = config.signals().get(signal).endpoints().get(0);
        HostPort address = Objects.requireNonNull(HostPort.of(endpoint), "an endpoint has a host");
        int usual = "https".equals(endpoint.getScheme()) ? 443 : 80;
        return clients.reach(address.host(), address.port() < 0 ? usual : address.port());
    }

    void dispose() {
        endpointClients.close();
        if (names != null) {
            names.close();
        }
        services.codec().close();
        services.taps().close();
        guests.close();
        clients.dispose();
    }

    /** Where each signal goes; no header values. */
    @Override
    public String toString() {
        return config.signals().values().toString();
    }
}

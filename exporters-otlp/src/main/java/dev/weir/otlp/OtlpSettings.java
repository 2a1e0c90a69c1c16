// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.OtelSettings;
import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import dev.weir.core.Signal;
import dev.weir.core.spi.Choices;
import dev.weir.otlp.internal.config.SignalMap;
import dev.weir.otlp.internal.intake.RecordIntake;
import dev.weir.otlp.internal.transport.ProxyAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the export. {@code otel.exporter.otlp.*} have the meaning that OpenTelemetry specifies; a setting for
 * one signal ({@code otel.exporter.otlp.traces.endpoint}) wins over the one for all signals.
 *
 * @since 0.1
 */
public final class OtlpSettings implements SettingsProvider {

    private static final String PREFIX = "otel.exporter.otlp.";
    private static final Duration LONGEST = Duration.ofDays(1);

    /** Longer delays of a batch processor have no effect: a record leaves after this time at the latest. */
    static final Duration LONGEST_DELAY = Duration.ofMillis(200);

    /** The worker runs at least this often. */
    static final Duration LONGEST_REST = Duration.ofSeconds(60);

    private static final List<Setting<?>> ALL = new ArrayList<>();

    static final PerSignal<List<String>> ENDPOINT = perSignal(
            "endpoint",
            "addresses of receivers, http or https, separated by commas",
            "http://localhost:4318, with gRPC http://localhost:4317",
            Setting::list);
    static final PerSignal<String> HEADERS = perSignal(
            "headers", "headers of each request, name=value separated by commas", "no headers", Setting::secret);
    /** Zero is no limit. */
    static final PerSignal<Duration> TIMEOUT = perSignal(
            "timeout",
            "longest time of one attempt to send; 0 is no limit",
            "10s",
            (name, description) ->
                    Setting.duration(name, Duration.ofSeconds(10), Duration.ZERO, Duration.ofMinutes(10), description));

    static final PerSignal<Compression> COMPRESSION = perSignal(
            "compression",
            "compression of request bodies; zstd needs zstd-jni",
            "none",
            (name, description) -> Setting.choice(name, Compression.class, Compression.NONE, description));
    static final PerSignal<OtlpProtocol> PROTOCOL = perSignal(
            "protocol",
            "protocol",
            "that of the endpoint's port, else http/protobuf",
            (name, description) -> Setting.choice(name, OtlpProtocol.class, OtlpProtocol.HTTP_PROTOBUF, description));
    static final PerSignal<String> CERTIFICATE =
            texts("certificate", "PEM file of trusted certificates", "the certificates that the JVM trusts");
    static final PerSignal<String> CLIENT_KEY = texts("client.key", "PEM file of the client's key", "no key");
    static final PerSignal<String> CLIENT_CERTIFICATE =
            texts("client.certificate", "PEM file of the client's certificates", "no certificate");

    static final PerSignal<Boolean> INSECURE = perSignal(
            "insecure",
            "whether an endpoint without a scheme means http; only with gRPC",
            "false",
            (name, description) -> Setting.flag(name, false, description));

    static final Setting<String> TEMPORALITY = add(Setting.oneOf(
                    PREFIX + "metrics.temporality.preference",
                    "temporality of sums and histograms",
                    List.of("cumulative", "delta", "lowmemory"))
            .withoutDefault("cumulative"));
    static final Setting<String> HISTOGRAM = add(OtelSettings.DEFAULT_HISTOGRAM);
    static final Setting<Duration> METRIC_INTERVAL = add(Setting.duration(
            "otel.metric.export.interval",
            Duration.ofMinutes(1),
            Duration.ofMillis(10),
            LONGEST,
            "time between two collections of metrics"));

    static final Setting<Duration> METRIC_TIMEOUT = add(Setting.duration(
            "otel.metric.export.timeout",
            Duration.ofSeconds(10),
            Duration.ZERO,
            LONGEST,
            "shortens the timeout of one attempt, for metrics; 0 is no limit"));
    static final Setting<Integer> METRIC_MAX_BATCH = add(Setting.integer(
            "otel.metric.export.max.batch.size",
            1 << 20,
            1,
            1 << 20,
            "data points of one request; a metric that has more is sent alone"));
    static final Batching SPANS = batching("otel.bsp.", "spans");
    static final Batching LOG_RECORDS = batching("otel.blrp.", "log records");

    static final Setting<Duration> LINGER = add(Setting.duration(
            "weir.otlp.linger",
            Duration.ofMillis(200),
            Duration.ofMillis(1),
            Duration.ofSeconds(60),
            "longest time that a record waits for its batch to fill"));
    static final Setting<Long> BATCH_BYTES = add(Setting.bytes(
            "weir.otlp.batch.bytes",
            "512k",
            "1k",
            "4m",
            "size at which a batch is closed; unless set, up to 4m when records arrive fast"));
    static final Setting<Long> MAX_REQUEST_BYTES = add(Setting.bytes(
            "weir.otlp.request.max.bytes", "4032k", "64k", "64m", "longest request body, before compression"));
    static final Setting<Integer> QUEUE_RECORDS = add(Setting.integer(
            "weir.otlp.queue.records", 32_768, 64, 1 << 20, "records of one signal that wait in memory"));
    static final Setting<Long> QUEUE_BYTES = add(Setting.bytes(
            "weir.otlp.queue.bytes", "16m", "64k", "1g", "estimated bytes of one signal that wait in memory"));
    static final Setting<Long> MEMORY_BYTES = add(Setting.bytes(
            "weir.otlp.memory.bytes", "8m", "64k", "1g", "encoded bytes of one signal that wait or are in flight"));
    static final Setting<Integer> MAX_CONCURRENCY = add(
            Setting.integer("weir.otlp.concurrency.max", 32, 1, 200, "requests to one destination at the same time"));
    static final Setting<Integer> GZIP_LEVEL =
            add(Setting.integer("weir.otlp.gzip.level", 1, 1, 9, "level of gzip; 1 is fastest, 9 compresses most"));
    static final Setting<Integer> ZSTD_LEVEL =
            add(Setting.integer("weir.otlp.zstd.level", 1, 1, 19, "level of zstd; 1 is fastest, 19 compresses most"));
    static final Setting<Duration> MAX_AGE = add(Setting.duration(
            "weir.otlp.max.age",
            Duration.ofHours(24),
            Duration.ofSeconds(1),
            Duration.ofDays(30),
            "batches older than this are not sent again"));
    static final Setting<Durability> DURABILITY = add(Setting.choice(
            "weir.otlp.durability",
            Durability.class,
            Durability.SPILL,
            "where batches wait; spill and always need a spool"));
    static final Setting<AuthPolicy> AUTH_POLICY = add(Setting.choice(
            "weir.otlp.auth.policy",
            AuthPolicy.class,
            AuthPolicy.KEEP,
            "whether batches that are refused for their credentials are kept or dropped"));
    static final Setting<Boolean> EXHAUSTED_IS_BUSY = add(Setting.flag(
            "weir.otlp.grpc.exhausted.is.busy",
            false,
            "whether a batch is sent again after RESOURCE_EXHAUSTED without a delay"));

    static final Setting<HttpVersion> HTTP_VERSION = add(Setting.choice(
            "weir.otlp.http.version",
            HttpVersion.class,
            HttpVersion.AUTO,
            "version of HTTP; auto negotiates with TLS, http2 without TLS needs a receiver that expects it"));
    static final Setting<Boolean> DNS_SPREAD = add(Setting.flag(
            "weir.otlp.dns.spread", false, "whether all addresses of an endpoint's name are used at the same time"));
    static final Setting<Duration> DNS_REFRESH = add(Setting.duration(
            "weir.otlp.dns.refresh",
            Duration.ofSeconds(30),
            Duration.ofMillis(10),
            LONGEST,
            "time between two lookups of the addresses"));
    static final Setting<String> PROXY = add(Setting.text(
            "weir.otlp.proxy",
            "address of an HTTP proxy",
            "http://host:port, with credentials in weir.otlp.proxy.credentials",
            ProxyAddress::isAddress));
    static final Setting<String> PROXY_CREDENTIALS = add(Setting.secret(
            "weir.otlp.proxy.credentials",
            "user and password for the proxy",
            "user:password",
            ProxyAddress::isCredentials));
    static final Setting<Duration> TLS_RELOAD = add(Setting.duration(
            "weir.otlp.tls.reload",
            Duration.ofSeconds(30),
            Duration.ofMillis(10),
            LONGEST,
            "time between two checks of TLS files for changes"));

    /** Whether the {@code otlp} exporters of an autoconfigured SDK are replaced. */
    public static final Setting<Boolean> TAKEOVER = add(Setting.flag(
            "weir.otlp.takeover", true, "whether the otlp exporters of an autoconfigured SDK are replaced"));

    /** Made by {@link java.util.ServiceLoader}. */
    public OtlpSettings() {}

    @Override
    public Collection<Setting<?>> settings() {
        return List.copyOf(ALL);
    }

    private static <T> Setting<T> add(Setting<T> setting) {
        ALL.add(setting);
        return setting;
    }

    private static PerSignal<String> texts(String name, String description, String fallback) {
        return perSignal(name, description, fallback, (full, meaning) -> Setting.text(full, null, meaning));
    }

    /** Without defaults: a signal falls back to the setting for all, whose default may depend on other settings. */
    private static <T> PerSignal<T> perSignal(
            String name, String description, String fallback, BiFunction<String, String, Setting<T>> declaration) {
        SignalMap<Setting<T>> own = SignalMap.of(signal -> add(declaration
                .apply(PREFIX + signal.label() + "." + name, description + ", for " + signal.label())
                .withoutDefault("as for all signals")));
        return new PerSignal<>(add(declaration.apply(PREFIX + name, description).withoutDefault(fallback)), own);
    }

    private static Batching batching(String prefix, String what) {
        return new Batching(
                add(Setting.duration(
                        prefix + "schedule.delay",
                        LONGEST_DELAY,
                        Duration.ZERO,
                        LONGEST,
                        "longest time that " + what + " wait for their batch to fill; more than 200 ms has no effect")),
                add(Setting.integer(
                        prefix + "max.queue.size",
                        32_768,
                        1,
                        1 << 20,
                        what + " that wait in memory, rounded up to a power of two")),
                add(Setting.integer(
                        prefix + "max.export.batch.size",
                        RecordIntake.MAX_BATCH_RECORDS,
                        1,
                        1 << 20,
                        what + " of one request; more than 16384 has no effect")),
                add(Setting.duration(
                        prefix + "export.timeout",
                        Duration.ofSeconds(10),
                        Duration.ZERO,
                        LONGEST,
                        "shortens the timeout of one attempt, for " + what + "; 0 is no limit")));
    }

    /** A setting for all signals and its variants for each. */
    record PerSignal<T>(Setting<T> all, SignalMap<Setting<T>> own) {

        /**
         * The setting that holds for {@code signal}: the program's value, else the signal's own, else the one for all.
         */
        Setting<T> effective(Choices.Values values, Signal signal) {
            return values.isSetByBuilder(all) || values.find(own.get(signal)) == null ? all : own.get(signal);
        }

        /** The value that holds for {@code signal}; null when nothing was set. */
        @Nullable
        T find(Choices.Values values, Signal signal) {
            return values.find(effective(values, signal));
        }
    }

    /** OpenTelemetry's settings of a batch processor. */
    record Batching(
            Setting<Duration> delay, Setting<Integer> queue, Setting<Integer> batch, Setting<Duration> timeout) {}
}

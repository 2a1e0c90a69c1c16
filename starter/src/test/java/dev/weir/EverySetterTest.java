// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.SettingsProvider;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.OutcomeListener;
import dev.weir.core.spi.SignalTap;
import dev.weir.core.spi.Spool;
import dev.weir.http.HttpTelemetry;
import dev.weir.http.SpanMode;
import dev.weir.log.DiskPolicy;
import dev.weir.log.LogPipe;
import dev.weir.log.Redactor;
import dev.weir.log.StoreKind;
import dev.weir.metric.ExemplarFilter;
import dev.weir.metric.HistogramKind;
import dev.weir.metric.LatencyMetrics;
import dev.weir.otlp.Compression;
import dev.weir.otlp.Durability;
import dev.weir.otlp.HeaderSource;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpProtocol;
import dev.weir.sampler.ConsistentSampler;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.resources.Resource;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * What holds for every setter of every builder: it takes what it says, and refuses null, a value out of range and a second call
 * where it is called, with name, value and what is allowed.
 */
class EverySetterTest {

    private static final TelemetryRuntime RUNTIME = TelemetryRuntime.create(
            Settings.builder().environment(Map.of()).systemProperties(Map.of()).build());
    private static final LatencyMetrics METRICS =
            LatencyMetrics.builder().runtime(RUNTIME).build();

    private static final Map<String, Supplier<Object>> BUILDERS = Map.of(
            "WeirBuilder", Weir::builder,
            "HttpTelemetryBuilder", () -> HttpTelemetry.builder(OpenTelemetry.noop()),
            "LogPipeBuilder", LogPipe::builder,
            "LatencyMetricsBuilder", LatencyMetrics::builder,
            "LatencyHistogramBuilder", () -> METRICS.histogram("some.duration"),
            "ConsistentSamplerBuilder", () -> ConsistentSampler.builder(0.5),
            "OtlpExportBuilder", OtlpExport::builder,
            "Settings$Builder", Settings::builder);

    private static final Map<String, Setter> SETTERS = new LinkedHashMap<>();

    static {
        of("WeirBuilder.serviceName", "shop");
        of("WeirBuilder.endpoint", "http://127.0.0.1:4318");
        of("WeirBuilder.set", "weir.banner", "false").refuses("weir.banner", "perhaps");
        of("WeirBuilder.openTelemetry", OpenTelemetry.noop());
        of("WeirBuilder.registerGlobal");
        of("WeirBuilder.tap", any(SignalTap.class));

        of("HttpTelemetryBuilder.runtime", RUNTIME);
        of("HttpTelemetryBuilder.outcomeListener", any(OutcomeListener.class)).adds();
        of("HttpTelemetryBuilder.spans", SpanMode.OFF);
        for (String flag : List.of(
                "durationMetrics",
                "bodySizes",
                "recordExceptions",
                "trustForwarded",
                "websocketSessions",
                "connectionSpans",
                "urlTemplate")) {
            of("HttpTelemetryBuilder." + flag, true).takes(false);
        }
        of("HttpTelemetryBuilder.ignoredPaths", List.of("/health", "/static/**"))
                .takes(List.of());
        of("HttpTelemetryBuilder.traceHeader", "traceresponse")
                .refuses("two words")
                .refuses("");
        of("HttpTelemetryBuilder.sensitiveQueryParameters", List.of("token")).takes(List.of());
        of("HttpTelemetryBuilder.knownMethods", List.of("GET", "PURGE")).refuses(List.of("two words"));
        for (String headers : List.of(
                "serverRequestHeaders", "serverResponseHeaders", "clientRequestHeaders", "clientResponseHeaders")) {
            of("HttpTelemetryBuilder." + headers, List.of("x-tenant"))
                    .takes(List.of())
                    .refuses(List.of("two words"));
        }
        of("HttpTelemetryBuilder.schemaUrl", "https://opentelemetry.io/schemas/1.37.0")
                .refuses("");
        of("HttpTelemetryBuilder.scope", "shop.http", "1.0").nullable(1).refuses("", "1.0");

        of("LogPipeBuilder.runtime", RUNTIME);
        of("LogPipeBuilder.directory", Path.of("some"));
        of("LogPipeBuilder.ringDirectory", Path.of("some"));
        of("LogPipeBuilder.resource", Resource.empty());
        of("LogPipeBuilder.redactor", Redactor.NONE);
        of("LogPipeBuilder.store", StoreKind.FILE);
        of("LogPipeBuilder.whenDiskFull", DiskPolicy.DROP_OLDEST);
        of("LogPipeBuilder.ringBytes", setting("weir.log.ring.bytes")).refuses(100_000_000L);
        of("LogPipeBuilder.segmentBytes", setting("weir.log.segment.bytes"));
        of("LogPipeBuilder.maxBytes", setting("weir.log.max.bytes"));
        of("LogPipeBuilder.memoryBytes", setting("weir.log.memory.bytes"));
        of("LogPipeBuilder.batchMemory", setting("weir.log.batch.memory"));
        of("LogPipeBuilder.maxAge", setting("weir.log.max.age"));
        of("LogPipeBuilder.minFreeBytes", setting("weir.log.min.free.bytes"));
        of("LogPipeBuilder.fsyncInterval", setting("weir.log.fsync.interval")).takes(Duration.ofNanos(500_000));
        of("LogPipeBuilder.block", setting("weir.log.block")).takes(Duration.ofNanos(999_000));

        of("LatencyMetricsBuilder.runtime", RUNTIME);
        of("LatencyMetricsBuilder.window", Duration.ofSeconds(10), 6)
                .refuses(Duration.ZERO, 6)
                .refuses(Duration.ofSeconds(10), 0);
        of("LatencyMetricsBuilder.range", Duration.ofNanos(1000), Duration.ofHours(1))
                .takes(Duration.ofNanos(1), Duration.ofNanos(2))
                .refuses(Duration.ZERO, Duration.ofHours(1))
                .refuses(Duration.ofNanos(-1), Duration.ofHours(1))
                .refuses(Duration.ofNanos(2), Duration.ofNanos(3))
                .refuses(Duration.ofNanos(1000), Duration.ofHours(2).plusNanos(1));
        of("LatencyMetricsBuilder.digits", 1).takes(3).refuses(0).refuses(4);
        of("LatencyMetricsBuilder.maxBuckets", 80).takes(1024).refuses(79).refuses(1025);
        of("LatencyMetricsBuilder.maxSeries", setting("weir.metrics.series.max"));
        of("LatencyMetricsBuilder.histogramKind", HistogramKind.BASE2_EXPONENTIAL_BUCKET_HISTOGRAM);
        of("LatencyMetricsBuilder.exemplars", ExemplarFilter.ALWAYS_ON);

        of("LatencyHistogramBuilder.description", "how long it takes");
        of("LatencyHistogramBuilder.labels", (Object) new String[] {"a", "b", "c", "d", "e"})
                .refuses((Object) new String[] {"a", "a"})
                .refuses((Object) new String[] {""})
                .refuses((Object) new String[] {"a", "b", "c", "d", "e", "f"});
        of("LatencyHistogramBuilder.explicitBounds", (Object) new double[] {0.1, 0.2})
                .refuses((Object) new double[] {0.2, 0.1});
        of("LatencyHistogramBuilder.maxSeries", 2).refuses(1);

        of("ConsistentSamplerBuilder.followParent", true).takes(false);
        of("ConsistentSamplerBuilder.addRandomValue", true).takes(false);

        of("OtlpExportBuilder.runtime", RUNTIME);
        of("OtlpExportBuilder.endpoint", "http://127.0.0.1:4318").refuses("");
        of("OtlpExportBuilder.endpoints", List.of("http://127.0.0.1:4318", "http://127.0.0.1:4319"))
                .refuses(List.of())
                .refuses(List.of(""));
        of("OtlpExportBuilder.protocol", OtlpProtocol.GRPC);
        of("OtlpExportBuilder.compression", Compression.GZIP);
        of("OtlpExportBuilder.timeout", setting("otel.exporter.otlp.timeout"));
        of("OtlpExportBuilder.linger", setting("weir.otlp.linger"));
        of("OtlpExportBuilder.metricInterval", setting("otel.metric.export.interval"));
        of("OtlpExportBuilder.headers", Map.of("x-tenant", "a"))
                .takes(Map.of())
                .refuses(Map.of("two words", "a"))
                .refuses(Map.of("x-tenant", "a\nb"));
        of("OtlpExportBuilder.headerSource", (HeaderSource) refused -> Mono.empty());
        of("OtlpExportBuilder.spool", any(Spool.class));
        of("OtlpExportBuilder.durability", Durability.MEMORY);
        of("OtlpExportBuilder.tap", any(SignalTap.class)).adds();
        of("OtlpExportBuilder.loopResources", any(LoopResources.class));
        of("OtlpExportBuilder.defaultProtocol", OtlpProtocol.GRPC);
        of("OtlpExportBuilder.closeAfter", Set.of(Signal.TRACES)).refuses(Set.of());

        of("Settings$Builder.set", "weir.banner", "false");
        of("Settings$Builder.know", List.of(Setting.flag("weir.some.flag", true, "some")))
                .adds();
        of("Settings$Builder.systemProperties", Map.of());
        of("Settings$Builder.environment", Map.of());
        of("Settings$Builder.refuseUnknown").adds();
    }

    @AfterAll
    static void close() {
        METRICS.close();
        RUNTIME.close();
    }

    @Test
    void everySetter_isListedHere() {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.weir")) {
            if (type.getName().endsWith("Builder")
                    && type.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC)
                    && !type.getName().contains(".internal.")) {
                for (Method method : type.reflect().getDeclaredMethods()) {
                    if (Modifier.isPublic(method.getModifiers()) && method.getReturnType() == type.reflect()) {
                        found.add(name(type.getName()) + '.' + method.getName());
                    }
                }
            }
        }

        assertThat(SETTERS.keySet()).containsExactlyInAnyOrderElementsOf(found);
    }

    static Collection<Setter> setters() {
        return SETTERS.values();
    }

    @ParameterizedTest
    @MethodSource("setters")
    void allowedValue_isTaken(Setter setter) {
        for (Object[] values : setter.good) {
            assertThatCode(() -> setter.call(values)).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @MethodSource("setters")
    void valueThatIsNotAllowed_isRefused_withItselfAndWhatIsAllowed(Setter setter) {
        for (Object[] values : setter.bad) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> setter.call(values))
                    .withMessageContaining("allowed: ")
                    .satisfies(e -> assertThat(Stream.of(values)).anyMatch(value -> shows(e.getMessage(), value)));
        }
    }

    @ParameterizedTest
    @MethodSource("setters")
    void null_isRefused_withAName(Setter setter) {
        Class<?>[] types = setter.method().getParameterTypes();
        for (int i = 0; i < types.length; i++) {
            if (types[i].isPrimitive() || setter.nullable.contains(i)) {
                continue;
            }
            Object[] values = setter.good.get(0).clone();
            values[i] = null;
            assertThatNullPointerException()
                    .isThrownBy(() -> setter.call(values))
                    .satisfies(e -> assertThat(e.getMessage()).matches("[\\w.-]+"));
        }
    }

    @ParameterizedTest
    @MethodSource("setters")
    void secondCall_isRefused_withAName(Setter setter) {
        Object builder = setter.builder();
        setter.call(builder, setter.good.get(0));

        if (setter.adds) {
            assertThatCode(() -> setter.call(builder, setter.good.get(0))).doesNotThrowAnyException();
        } else {
            assertThatIllegalStateException()
                    .isThrownBy(() -> setter.call(builder, setter.good.get(0)))
                    .withMessageMatching("[\\w.-]+ is set twice, allowed: once");
        }
    }

    private static Setter of(String name, Object... values) {
        Setter setter = new Setter(name);
        SETTERS.put(name, setter);
        if (values.length == 1 && values[0] instanceof Setting<?> setting) {
            String[] ends = setting.allowed().split("[… ]", -1);
            setter.takes(setting.parse(ends[0])).takes(setting.parse(ends[1]));
            if (setting.parse(ends[0]) instanceof Duration shortest
                    && setting.parse(ends[1]) instanceof Duration longest) {
                setter.refuses(shortest.minusNanos(1)).refuses(longest.plusNanos(1));
            } else if (setting.parse(ends[0]) instanceof Long least && setting.parse(ends[1]) instanceof Long most) {
                setter.refuses(least - 1).refuses(most + 1);
            } else if (setting.parse(ends[0]) instanceof Integer least
                    && setting.parse(ends[1]) instanceof Integer most) {
                setter.refuses(least - 1).refuses(most + 1);
            }
            return setter;
        }
        return setter.takes(values);
    }

    private static Setting<?> setting(String name) {
        List<Setting<?>> all = new ArrayList<>();
        ServiceLoader.load(SettingsProvider.class).forEach(provider -> all.addAll(provider.settings()));
        return all.stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
    }

    private static <T> T any(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                EverySetterTest.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> null));
    }

    private static String name(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    /** Whether {@code message} has {@code value}, or a part of it; how a duration is written is the setting's choice. */
    private static boolean shows(String message, Object value) {
        if (value.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(value)).anyMatch(i -> shows(message, Array.get(value, i)));
        }
        if (value instanceof Map<?, ?> map) {
            return map.keySet().stream().anyMatch(key -> shows(message, key));
        }
        if (value instanceof Collection<?> all) {
            return all.isEmpty() || all.stream().anyMatch(each -> shows(message, each));
        }
        return value instanceof Duration || message.contains(value.toString());
    }

    private static final class Setter {

        private final String name;
        private final List<Object[]> good = new ArrayList<>();
        private final List<Object[]> bad = new ArrayList<>();
        private final Set<Integer> nullable = new LinkedHashSet<>();
        private boolean adds;

        Setter(String name) {
            this.name = name;
        }

        Setter takes(Object... values) {
            good.add(values);
            return this;
        }

        Setter refuses(Object... values) {
            bad.add(values);
            return this;
        }

        /** A second call adds to the first one. */
        Setter adds() {
            adds = true;
            return this;
        }

        Setter nullable(int parameter) {
            nullable.add(parameter);
            return this;
        }

        Object builder() {
            return BUILDERS.get(name.substring(0, name.indexOf('.'))).get();
        }

        Method method() {
            String simple = name.substring(name.indexOf('.') + 1);
            List<Method> found = Arrays.stream(builder().getClass().getDeclaredMethods())
                    .filter(each -> each.getName().equals(simple) && Modifier.isPublic(each.getModifiers()))
                    .collect(Collectors.toList());
            assertThat(found).hasSize(1);
            return found.get(0);
        }

        void call(Object[] values) {
            call(builder(), values);
        }

        void call(Object builder, Object[] values) {
            try {
                method().invoke(builder, values);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof RuntimeException thrown) {
                    throw thrown;
                }
                throw new AssertionError(e.getCause());
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** All signals of a process are one service's. */
class IdentityTest {

    private static final Duration LONG = Duration.ofSeconds(15);

    @TempDir
    Path directory;

    private final ProtoReceiver receiver = new ProtoReceiver();

    @BeforeEach
    void begin() {
        GlobalOpenTelemetry.resetForTest();
    }

    @AfterEach
    void end() {
        receiver.close();
        GlobalOpenTelemetry.resetForTest();
        System.clearProperty("otel.resource.attributes");
    }

    /** The resource of what Weir sent of all signals, which must be one. */
    private Map<String, String> resource(Weir weir, boolean spans) {
        LoggerFactory.getLogger("shop").info("a line");
        weir.latencyMetrics().orElseThrow().serverDuration().record(1_000_000);
        if (spans) {
            weir.openTelemetry()
                    .getTracer("shop")
                    .spanBuilder("buy")
                    .startSpan()
                    .end();
        }
        assertThat(weir.flush(LONG)).isTrue();
        await().atMost(LONG)
                .until(() -> !receiver.logs.isEmpty()
                        && !receiver.metricsNamed("http.server.request.duration")
                                .isEmpty()
                        && (!spans || !receiver.traces.isEmpty()));
        assertThat(receiver.resourcesOfLogs()).hasSize(1).isEqualTo(receiver.resourcesOfMetrics());
        if (spans) {
            assertThat(receiver.resourcesOfSpans()).isEqualTo(receiver.resourcesOfLogs());
        }
        return receiver.resourcesOfLogs().get(0);
    }

    private static OpenTelemetrySdk sdk(Resource resource) {
        return OpenTelemetrySdk.builder()
                .setTracerProvider(
                        SdkTracerProvider.builder().setResource(resource).build())
                .build();
    }

    private static AutoConfiguredOpenTelemetrySdk autoconfigured(Map<String, String> properties) {
        return AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesSupplier(() -> properties)
                .addPropertiesCustomizer(config -> Map.of(
                        "weir.managed", "true",
                        "otel.traces.exporter", "none",
                        "otel.metrics.exporter", "none",
                        "otel.logs.exporter", "none"))
                .setResultAsGlobal()
                .build();
    }

    @Test
    void besideTheGlobalSdk_logsAndLatenciesHaveItsResource() {
        autoconfigured(Map.of("otel.resource.attributes", "service.name=shop,deployment.environment.name=prod"));
        try (Weir weir = receiver.sender(directory).start()) {
            assertThat(resource(weir, false))
                    .containsEntry("service.name", "shop")
                    .containsEntry("deployment.environment.name", "prod");
        }
    }

    @Test
    void besideASdkOfTheProgram_itsResourceIsAskedWithItsInstance() {
        Resource theirs = Resource.create(io.opentelemetry.api.common.Attributes.builder()
                .put("service.name", "till")
                .put("service.instance.id", "till-7")
                .put("team", "checkout")
                .build());
        try (Weir weir = receiver.sender(directory).openTelemetry(sdk(theirs)).start()) {
            assertThat(resource(weir, false))
                    .containsOnly(
                            Map.entry("service.name", "till"),
                            Map.entry("service.instance.id", "till-7"),
                            Map.entry("team", "checkout"));
        }
    }

    @Test
    void besideASdkOfTheProgram_thatIsWrapped_itsResourceIsAsked() {
        OpenTelemetry sdk = sdk(Resource.builder().put("service.name", "inner").build());
        OpenTelemetry wrapper = new OpenTelemetry() {
            private final OpenTelemetry inner = sdk;

            @Override
            public TracerProvider getTracerProvider() {
                return inner.getTracerProvider();
            }

            @Override
            public MeterProvider getMeterProvider() {
                return inner.getMeterProvider();
            }

            @Override
            public ContextPropagators getPropagators() {
                return inner.getPropagators();
            }
        };
        try (Weir weir = receiver.sender(directory).openTelemetry(wrapper).start()) {
            assertThat(resource(weir, false)).containsEntry("service.name", "inner");
        }
    }

    @Test
    void besideASdkOfMetricsOnly_itsResourceIsAsked() {
        OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
                .setMeterProvider(SdkMeterProvider.builder()
                        .setResource(
                                Resource.builder().put("service.name", "gauge").build())
                        .build())
                .build();
        try (Weir weir = receiver.sender(directory).openTelemetry(sdk).start()) {
            assertThat(resource(weir, false)).containsEntry("service.name", "gauge");
        }
    }

    @Test
    void besideASdkOfLogsOnly_itsResourceIsAsked() {
        OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
                .setLoggerProvider(SdkLoggerProvider.builder()
                        .setResource(
                                Resource.builder().put("service.name", "scribe").build())
                        .build())
                .build();
        try (Weir weir = receiver.sender(directory).openTelemetry(sdk).start()) {
            assertThat(resource(weir, false)).containsEntry("service.name", "scribe");
        }
    }

    @Test
    void besideASdkThatHasANameOfItsOwn_thatOneWins() {
        OpenTelemetry sdk = sdk(Resource.builder().put("service.name", "theirs").build());
        try (Weir weir = receiver.sender(directory)
                .serviceName("ours")
                .openTelemetry(sdk)
                .start()) {
            assertThat(resource(weir, false)).containsEntry("service.name", "theirs");
        }
    }

    @Test
    void besideASdkWithoutAName_oursIsTaken() {
        try (Weir weir = receiver.sender(directory)
                .serviceName("ours")
                .openTelemetry(sdk(Resource.getDefault()))
                .start()) {
            assertThat(resource(weir, false)).containsEntry("service.name", "ours");
        }
    }

    @Test
    void besideAnOpenTelemetryThatTellsNothing_theEnvironmentIsAsked() {
        System.setProperty("otel.resource.attributes", "service.name=shop,region=eu");
        try (Weir weir =
                receiver.sender(directory).openTelemetry(OpenTelemetry.noop()).start()) {
            assertThat(resource(weir, false))
                    .containsEntry("service.name", "shop")
                    .containsEntry("region", "eu");
        }
    }

    @Test
    void besideAnOpenTelemetryThatTellsNothing_theProgramIsAskedFirst() {
        System.setProperty("otel.resource.attributes", "service.name=shop,region=eu");
        try (Weir weir = receiver.sender(directory)
                .serviceName("program")
                .set("otel.resource.attributes", "region=us")
                .openTelemetry(OpenTelemetry.noop())
                .start()) {
            assertThat(resource(weir, false))
                    .containsEntry("service.name", "program")
                    .containsEntry("region", "us");
        }
    }

    @Test
    void instance_isARandomIdThatAllWeirsOfTheProcessShare() {
        String first;
        try (Weir weir = receiver.sender(directory).start()) {
            first = resource(weir, true).get("service.instance.id");
        }
        receiver.traces.clear();
        receiver.metrics.clear();
        receiver.logs.clear();
        try (Weir weir = receiver.sender(directory).start()) {
            assertThat(resource(weir, true)).containsEntry("service.instance.id", first);
        }
        assertThat(UUID.fromString(first).version()).isEqualTo(4);
    }

    @Test
    void instance_thatTheUserSetStays() {
        try (Weir weir = receiver.sender(directory)
                .set("otel.resource.attributes", "service.instance.id=pod-3")
                .start()) {
            assertThat(resource(weir, true)).containsEntry("service.instance.id", "pod-3");
        }
    }

    @Test
    void instance_isAddedWhereTheSdkHasNone() {
        Resource none = Resource.builder().put("service.name", "till").build();

        Resource one = ServiceInstance.in(none);

        String id = one.getAttributes().get(io.opentelemetry.api.common.AttributeKey.stringKey("service.instance.id"));
        assertThat(UUID.fromString(id).version()).isEqualTo(4);
        assertThat(ServiceInstance.in(none)).isEqualTo(one);
        assertThat(ServiceInstance.in(one)).isSameAs(one);
        try (Weir weir = receiver.sender(directory).openTelemetry(sdk(none)).start()) {
            assertThat(resource(weir, false)).containsEntry("service.instance.id", id);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.context.internal.reactor.SelfTest;
import dev.weir.core.HealthContribution;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;

class TracePropagationTest {

    @AfterEach
    void noHookStays() {
        assertThat(Schedulers.onSchedule(this::noHookStays).getClass().getName())
                .doesNotContain("dev.weir.context.internal");
        assertThat(Mono.create(sink -> {}).getClass().getName()).startsWith("reactor.");
    }

    @Test
    void enable_byDefault_isTheLibraryTierWithoutFindings() {
        try (TracePropagation propagation = TracePropagation.enable()) {
            assertThat(propagation.status())
                    .isEqualTo(new PropagationStatus(Tier.LIBRARY, "weir slot", java.util.List.of()));
            assertThat(propagation.toString()).contains("library (weir slot)");
        }
    }

    @Test
    void status_afterClose_isOff() {
        TracePropagation propagation = TracePropagation.enable();
        propagation.close();
        propagation.close();

        assertThat(propagation.status().tier()).isEqualTo(Tier.OFF);
    }

    @Test
    void enable_withGuardingOff_installsNothing() {
        try (TelemetryRuntime runtime = runtime(Map.of("weir.context.guarding", "off"));
                TracePropagation propagation = TracePropagation.enable(runtime)) {
            assertThat(propagation.status().tier()).isEqualTo(Tier.OFF);
            assertThat(Mono.create(sink -> {}).getClass().getName()).startsWith("reactor.");
        }
    }

    @Test
    void enable_withGuardingHops_installsNoHookAtAssembly() {
        try (TelemetryRuntime runtime = runtime(Map.of("weir.context.guarding", "hops"));
                TracePropagation propagation = TracePropagation.enable(runtime)) {
            assertThat(propagation.status().tier()).isEqualTo(Tier.HOPS);
            assertThat(Mono.create(sink -> {}).getClass().getName()).startsWith("reactor.");
            assertThat(Traced.with(
                                    Mono.just(1)
                                            .publishOn(Schedulers.parallel())
                                            .map(v -> Traces.current()),
                                    Traces.trace(8))
                            .block())
                    .isEqualTo(8);
        }
    }

    @Test
    void enable_withAValueThatIsNotAllowed_isRefused() {
        assertThatThrownBy(() -> runtime(Map.of("weir.context.guarding", "of")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weir.context.guarding")
                .hasMessageContaining("\"of\"")
                .hasMessageContaining("library");
    }

    @Test
    void enable_withAnUnknownSetting_goesOn() {
        System.setProperty("weir.context.guardin", "off");
        try (TracePropagation propagation = TracePropagation.enable()) {
            assertThat(propagation.status().tier()).isEqualTo(Tier.LIBRARY);
        } finally {
            System.clearProperty("weir.context.guardin");
        }
    }

    @Test
    void enable_besideAHookThatHidesOperators_saysWhatIsNotKeptRight() {
        // A hook that puts each operator behind a publisher that nobody can look into.
        Hooks.onEachOperator(
                "hiding", publisher -> publisher instanceof Mono<Object> mono ? new Hiding<>(mono) : publisher);
        try (TelemetryRuntime runtime = runtime(Map.of());
                TracePropagation propagation = TracePropagation.enable(runtime)) {
            assertThat(propagation.status().findings()).isNotEmpty();
            HealthContribution health = runtime.health().contributions().get(0);
            assertThat(health.status()).isEqualTo(HealthContribution.Status.DEGRADED);
            assertThat(health.detail()).contains("sinks");
        } finally {
            Hooks.resetOnEachOperator("hiding");
        }
    }

    private static final class Hiding<T> extends Mono<T> {

        private final Mono<T> source;

        Hiding(Mono<T> source) {
            this.source = source;
        }

        @Override
        public void subscribe(reactor.core.CoreSubscriber<? super T> actual) {
            source.subscribe(actual);
        }
    }

    @Test
    void enableAndClose_aThousandTimes_leavesNothing() {
        for (int i = 0; i < 1000; i++) {
            try (TracePropagation propagation = TracePropagation.enable()) {
                assertThat(propagation.status().tier()).isEqualTo(Tier.LIBRARY);
            }
        }
    }

    @Test
    void selfTest_withoutHooks_namesWhatIsMissing() {
        assertThat(SelfTest.run()).contains("schedulers", "callbacks", "sinks", "shared sources", "contextWrite");
        assertThat(Traces.current()).isZero();
    }

    @Test
    void pipelineAssembledWhileOn_staysRightAfterClose() {
        Flux<Long> pipeline;
        try (TracePropagation propagation = TracePropagation.enable()) {
            pipeline = Traced.with(
                    Flux.<Long>create(sink -> sink.next(1L).complete()).map(v -> Traces.current()), Traces.trace(4));
        }

        assertThat(pipeline.blockLast()).isEqualTo(4);
    }

    @Test
    void anotherLiftedHook_staysInPlace() {
        Hooks.onEachOperator("other", Operators.lift((scannable, subscriber) -> subscriber));
        try (TracePropagation propagation = TracePropagation.enable()) {
            assertThat(propagation.status().findings()).isEmpty();
        } finally {
            Hooks.resetOnEachOperator("other");
        }
    }

    private static TelemetryRuntime runtime(Map<String, String> properties) {
        return TelemetryRuntime.create(Settings.builder()
                .systemProperties(properties)
                .environment(Map.of())
                .build());
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class SinkTest {

    @TempDir
    Path directory;

    @Test
    void sink_asksForWhatTheRingHoldsAndDropsNothing() {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = LogPipe.builder(directory)
                        .runtime(runtime)
                        .store(StoreKind.FILE)
                        .ringBytes(64 << 10)
                        .minFreeBytes(0)
                        .build()) {
            AtomicLong most = new AtomicLong();
            AtomicLong asked = new AtomicLong();
            Long written = Flux.range(0, 20_000)
                    .doOnRequest(n -> {
                        asked.addAndGet(n);
                        most.accumulateAndGet(n, Math::max);
                    })
                    .as(pipe.<Integer>sink(
                            "orders", (number, record) -> record.body("order " + number + "x".repeat(200))))
                    .block(Duration.ofSeconds(60));

            assertThat(written).isEqualTo(20_000);
            assertThat(most.get()).isLessThanOrEqualTo(MonoSink.MOST);
            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().dropped()).isEmpty();
            assertThat(pipe.held()).isEqualTo(20_000);
            LedgerAssert.assertConserved(runtime.ledger());
        }
    }

    @Test
    void sink_passesErrorsOn_bothWays() {
        try (LogPipe pipe = LogPipe.builder().store(StoreKind.MEMORY).build()) {
            assertThatThrownBy(() -> Flux.<String>error(new IllegalStateException("up"))
                            .as(pipe.sink("s", (text, record) -> record.body(text)))
                            .block())
                    .hasMessageContaining("up");
            AtomicLong cancelled = new AtomicLong();
            assertThatThrownBy(() -> Flux.just("a", "b")
                            .concatWith(Flux.never())
                            .doOnCancel(cancelled::incrementAndGet)
                            .as(pipe.sink("s", (text, record) -> {
                                throw new IllegalArgumentException("down");
                            }))
                            .block())
                    .hasMessageContaining("down");
            assertThat(cancelled).hasValue(1);
        }
    }

    @Test
    void offerMono_completesOnceStored_andErrorsWhenRefused() {
        LogPipe pipe =
                LogPipe.builder(directory).store(StoreKind.FILE).minFreeBytes(0).build();
        Mono<Void> offer = pipe.offerMono(Severity.INFO, "audit", "must be known", Attributes.empty());
        offer.block(Duration.ofSeconds(60));
        offer.block(Duration.ofSeconds(60));
        assertThat(pipe.held()).isEqualTo(2);
        pipe.close();

        assertThatThrownBy(() -> offer.block(Duration.ofSeconds(60))).isInstanceOf(RecordRefusedException.class);
    }

    @Test
    void pressure_isAnnouncedInTheStreamOnceItIsOver() {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = LogPipe.builder()
                        .runtime(runtime)
                        .store(StoreKind.MEMORY)
                        .ringBytes(64 << 10)
                        .build()) {
            long refused = 0;
            while (refused < 10) {
                for (int i = 0; i < 1000; i++) {
                    refused += pipe.offer(Severity.DEBUG, "scope", "x".repeat(1000)) ? 0 : 1;
                }
            }
            assertThat(pipe.dropped(dev.weir.core.DropReason.SEVERITY_RESERVE, Severity.DEBUG)
                            + pipe.dropped(dev.weir.core.DropReason.QUEUE_FULL, Severity.DEBUG))
                    .isEqualTo(refused);
            Received received = Received.from(pipe);

            await().until(() -> received.notes.stream().anyMatch(note -> note.contains("log records were dropped (")));
        }
    }

    @Test
    void redactor_changesAndRemovesTexts() {
        Redactor redactor = new Redactor() {
            @Override
            public CharSequence body(String scope, CharSequence body) {
                return body.toString().replace("4111", "****");
            }

            @Override
            public CharSequence attribute(String key, CharSequence value) {
                if (key.equals("boom")) {
                    throw new IllegalStateException("user code");
                }
                return key.equals("password") ? null : value;
            }
        };
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = LogPipe.builder()
                        .runtime(runtime)
                        .store(StoreKind.MEMORY)
                        .redactor(redactor)
                        .build()) {
            Received received = Received.from(pipe);
            pipe.offer(
                    Severity.INFO,
                    "scope",
                    "card 4111",
                    Attributes.builder()
                            .put("password", "secret")
                            .put("user", "ada")
                            .build());
            assertThat(pipe.offer(
                            Severity.INFO,
                            "scope",
                            "x",
                            Attributes.builder().put("boom", "x").build()))
                    .isFalse();

            await().until(() -> !received.lines.isEmpty());
            assertThat(received.lines.get(0).body()).isEqualTo("card ****");
            assertThat(received.lines.get(0).attributes()).containsOnlyKeys("user");
            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().dropped())
                    .containsEntry(dev.weir.core.DropReason.ENCODING_FAILED, 1L);
        }
    }
}

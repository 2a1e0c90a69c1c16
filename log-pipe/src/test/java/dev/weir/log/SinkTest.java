// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.DropReason;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class SinkTest extends ConservedPipeTest {

    @Test
    void sink_asksForWhatTheRingHoldsAndDropsNothing() {
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).ringBytes(64 << 10));
        AtomicLong most = new AtomicLong();
        AtomicLong asked = new AtomicLong();
        Long written = Flux.range(0, 20_000)
                .doOnRequest(n -> {
                    asked.addAndGet(n);
                    most.accumulateAndGet(n, Math::max);
                })
                .as(pipe.<Integer>sink("orders", (number, record) -> record.body("order " + number + "x".repeat(200))))
                .block(Duration.ofSeconds(60));

        assertThat(written).isEqualTo(20_000);
        assertThat(most.get()).isLessThanOrEqualTo(LogSinkMono.MOST);
        assertThat(account().dropped()).isEmpty();
        assertThat(pipe.held()).isEqualTo(20_000);
    }

    @Test
    void sink_thatHadToWaitForRoom_goesOnOnNoThreadOfWeir() {
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).ringBytes(64 << 10));
        Set<String> threads = ConcurrentHashMap.newKeySet();
        Flux.range(0, 20_000)
                .doOnRequest(n -> threads.add(Thread.currentThread().getName()))
                .as(pipe.<Integer>sink("orders", (number, record) -> {
                    threads.add(Thread.currentThread().getName());
                    record.body("order " + number + "x".repeat(200));
                }))
                .block(Duration.ofSeconds(60));

        assertThat(threads).hasSizeGreaterThan(1).noneMatch(name -> name.startsWith("weir-"));
    }

    @Test
    void sink_passesErrorsOn_bothWays() {
        LogPipe pipe = open(StoreKind.MEMORY);
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

    @Test
    void offerMono_completesOnceStored_andErrorsWhenRefused() {
        LogPipe pipe = open(StoreKind.FILE);
        Mono<Void> offer = pipe.offerMono(Severity.INFO, "audit", "must be known", Attributes.empty());
        offer.block(Duration.ofSeconds(60));
        offer.block(Duration.ofSeconds(60));
        assertThat(pipe.held()).isEqualTo(2);
        pipe.close();

        assertThatThrownBy(() -> offer.block(Duration.ofSeconds(60))).isInstanceOf(RecordRefusedException.class);
    }

    @Test
    void pressure_isAnnouncedInTheStreamOnceItIsOver() {
        LogPipe pipe = open(builder -> builder.store(StoreKind.MEMORY).ringBytes(64 << 10));
        long refused = 0;
        while (refused < 10) {
            for (int i = 0; i < 1000; i++) {
                refused += pipe.offer(Severity.DEBUG, "scope", "x".repeat(1000)) ? 0 : 1;
            }
        }
        assertThat(pipe.dropped(DropReason.SEVERITY_RESERVE, Severity.DEBUG)
                        + pipe.dropped(DropReason.QUEUE_FULL, Severity.DEBUG))
                .isEqualTo(refused);
        Received received = receive();

        await().until(() -> received.notes.stream().anyMatch(note -> note.contains("log records were dropped (")));
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
        LogPipe pipe = open(builder -> builder.store(StoreKind.MEMORY).redactor(redactor));
        Received received = receive();
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
        assertThat(account().dropped()).containsEntry(DropReason.ENCODING_FAILED, 1L);
    }
}

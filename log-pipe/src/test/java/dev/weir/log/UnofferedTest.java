// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.DropReason;
import io.opentelemetry.api.logs.Severity;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** A record that was begun is counted, whatever becomes of it. */
class UnofferedTest extends ConservedPipeTest {

    @Test
    void recordThatIsClosedWithoutAnOffer_isCounted_once_andTheThreadLogsOn() {
        LogPipe pipe = open(StoreKind.MEMORY);
        PendingRecord record = pipe.begin(1, 17, "ERROR", "s");
        record.body("b");
        record.close();
        record.close();

        assertThat(account().dropped()).containsOnly(Map.entry(DropReason.ENCODING_FAILED, 1L));
        assertThat(pipe.offer(Severity.INFO, "s", "next")).isTrue();
    }

    @Test
    void adapterThatThrowsBeforeItOffers_isCounted() {
        LogPipe pipe = open(StoreKind.MEMORY);
        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            throw new IllegalStateException("an adapter's fault");
        } catch (IllegalStateException expected) {
            assertThat(account().dropped()).containsOnly(Map.entry(DropReason.ENCODING_FAILED, 1L));
        }
    }

    @Test
    void recordThatRefuses_isCountedOnce_offeredOrNot() {
        LogPipe pipe = open(StoreKind.MEMORY);
        try (PendingRecord outer = pipe.begin(1, 17, "ERROR", "s")) {
            try (PendingRecord inner = pipe.begin(1, 17, "ERROR", "s")) {
                assertThat(inner.offer()).isFalse();
                assertThat(inner.offer()).isFalse();
            }
            pipe.begin(1, 17, "ERROR", "s").close();
            assertThat(pipe.offer(Severity.ERROR, "s", "inner")).isFalse();
            assertThat(account().dropped()).containsOnly(Map.entry(DropReason.REENTRANT, 3L));
            assertThat(outer.offer()).isTrue();
        }

        assertThat(account().dropped()).containsOnly(Map.entry(DropReason.REENTRANT, 3L));
    }

    @Test
    void recordThatRefusesThePipeItself_countsTheNextOneToo() {
        LogPipe pipe = open(StoreKind.MEMORY);
        try (PendingRecord outer = pipe.begin(1, 17, "ERROR", "s")) {
            try (PendingRecord own = pipe.begin(1, 13, "WARN", LogPipe.OWN_SCOPE)) {
                own.offerOwn();
            }
            pipe.begin(1, 17, "ERROR", "s").close();
            assertThat(outer.offer()).isTrue();
        }

        assertThat(account().dropped()).containsOnly(Map.entry(DropReason.REENTRANT, 2L));
    }

    @Test
    void recordThatIsOfferedAndClosed_isNotCountedAgain_alsoWhenItWasRefused() {
        LogPipe pipe = open(StoreKind.MEMORY);
        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            record.fail();
            assertThat(record.offer()).isFalse();
        }
        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            assertThat(record.offer()).isTrue();
        }

        assertThat(account().dropped()).containsOnly(Map.entry(DropReason.ENCODING_FAILED, 1L));
    }

    @Test
    void elementWhoseWriterThrows_isCounted() {
        LogPipe pipe = open(StoreKind.MEMORY);

        Flux.just(1, 2)
                .as(pipe.<Integer>sink("s", (element, record) -> {
                    if (element == 2) {
                        throw new IllegalStateException("no");
                    }
                }))
                .onErrorComplete()
                .block(Patience.LIMIT);

        assertThat(account().dropped()).containsOnly(Map.entry(DropReason.ENCODING_FAILED, 1L));
    }

    @Test
    void redactorThatFailed_staysFailed_whateverComesLater() {
        LogPipe pipe = open(builder -> builder.store(StoreKind.MEMORY).redactor(new Redactor() {
            @Override
            public CharSequence body(String scope, CharSequence body) {
                throw new IllegalStateException("no");
            }

            @Override
            public CharSequence attribute(String key, CharSequence value) {
                if (key.equals("secret")) {
                    throw new IllegalStateException("no");
                }
                return value;
            }
        }));
        Exception bad = new IllegalStateException() {
            @Override
            public String getMessage() {
                throw new IllegalStateException("no message");
            }
        };

        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            record.body("card 4111");
            record.exception(bad);
            record.attribute("k", new int[] {1});
            assertThat(record.offer()).isFalse();
        }
        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            record.attribute("list", List.of(Map.of("secret", "4111")));
            record.exception(bad);
            record.attribute("k", "v");
            assertThat(record.offer()).isFalse();
        }
        assertThat(account().dropped()).containsOnly(Map.entry(DropReason.ENCODING_FAILED, 2L));
        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            record.attribute("k", "v");
            assertThat(record.offer()).as("the next one").isTrue();
        }
    }
}

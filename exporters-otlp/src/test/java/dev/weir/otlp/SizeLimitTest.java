// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What a receiver refused for its length once is not sent to it at that length again. */
class SizeLimitTest extends ExportTestBase {

    private final ManualTicker ticker = new ManualTicker();
    private final SizeLimit limit = new SizeLimit(ticker);

    @Test
    void nothingRefused_knowsNoLimit() {
        limit.taken(5_000_000);

        assertThat(limit.bytes()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void refusal_halves_orKeepsWhatWasTakenBefore() {
        limit.refused(4_000_000);
        assertThat(limit.bytes()).isEqualTo(2_000_000);

        limit.taken(1_900_000);
        limit.refused(2_000_000);
        assertThat(limit.bytes()).isEqualTo(1_900_000);
    }

    @Test
    void limit_isProbedUpwardsAndFallsBackToWhatWasTaken() {
        limit.refused(4_000_000);
        limit.taken(2_000_000);
        ticker.advance(SizeLimit.PROBE.minusNanos(1));
        assertThat(limit.bytes()).isEqualTo(2_000_000);

        ticker.advance(Duration.ofNanos(1));
        assertThat(limit.bytes()).isEqualTo(2_200_000);
        limit.refused(2_200_000);

        assertThat(limit.bytes()).isEqualTo(2_000_000);
    }

    @Test
    void limit_neverFallsBelowTheLeast_andGoesAwayInTheEnd() {
        limit.refused(10);
        assertThat(limit.bytes()).isEqualTo(SizeLimit.LEAST);

        for (int i = 0; i < 100; i++) {
            ticker.advance(SizeLimit.PROBE);
            limit.bytes();
        }
        assertThat(limit.known()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void receiverWithALimit_isAskedTooMuchOnlyWhileItIsNotKnown() {
        int most = 80_000;
        AtomicInteger refused = new AtomicInteger();
        receiver.answerAlways((taken, response) -> {
            boolean tooLong = taken.body().length > most;
            if (tooLong) {
                refused.incrementAndGet();
            } else {
                receiver.accepted.add(taken);
            }
            return Mono.from(response.status(tooLong ? 413 : 200).send());
        });
        use(builder().linger(Duration.ofSeconds(10)).runtime(runtime(Map.of("weir.otlp.concurrency.max", "1"))));
        spans(4_000);
        assertThat(export.flush(LONG).block()).isTrue();
        int learning = refused.get();
        assertThat(learning).isPositive();

        for (int i = 0; i < 3; i++) {
            spans(4_000);
            assertThat(export.flush(LONG).block()).isTrue();
        }

        assertThat(refused).hasValue(learning);
        await().until(() -> receiver.names("traces").size() == 16_000);
        assertThat(receiver.names("traces")).doesNotHaveDuplicates();
        assertConserved();
    }
}

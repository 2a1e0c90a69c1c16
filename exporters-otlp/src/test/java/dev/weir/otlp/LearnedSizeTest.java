// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A body of a length that a receiver has refused is not sent to it again. */
class LearnedSizeTest extends ExportTestBase {

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
        use(builder(Duration.ofSeconds(10)).runtime(runtime(Map.of("weir.otlp.concurrency.max", "1"))));
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

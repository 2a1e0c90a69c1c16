// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Signal;
import io.opentelemetry.api.trace.Tracer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long requests get while records come faster than they can be sent. */
class BatchSizeTest extends ExportTestBase {

    private static final int LONGEST = 64 << 10;
    private static final int SPANS = 20_000;

    /** Each span is a little longer than the ring assumes at first: such batches were too long, and each was cut in two. */
    @Test
    void fullRing_isSentInRequestsThatNeedNoCut() {
        use(builder(Duration.ofSeconds(60)).runtime(runtime(Map.of("weir.otlp.request.max.bytes", "64k"))));
        Tracer tracer = tracer();
        for (int i = 0; i < SPANS; i++) {
            tracer.spanBuilder("span")
                    .setAttribute("text", "x".repeat(270))
                    .startSpan()
                    .end();
        }

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(account(Signal.TRACES).delivered()).isEqualTo(SPANS);
        long bytes = receiver.requests.stream()
                .mapToLong(request -> request.body().length)
                .sum();
        assertThat(bytes / SPANS).as("bytes of a span").isBetween(330L, 400L);
        assertThat(receiver.requests).allMatch(request -> request.body().length <= LONGEST);
        // The first batches are made before anything is known.
        assertThat(receiver.requests).hasSizeLessThan((int) (bytes / (0.95 * LONGEST)) + 8);
    }
}

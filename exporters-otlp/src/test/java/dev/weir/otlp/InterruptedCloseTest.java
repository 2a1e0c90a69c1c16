// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.weir.core.CloseReport;
import dev.weir.core.spi.EncodedBatch;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Mono;

/** The end of an export: what the thread that closes has met, or a source throws, takes nothing from it. */
class InterruptedCloseTest extends ExportTestBase {

    /** Only what leaves during the close is in its report. */
    private static final Duration BEYOND_THE_TEST = Duration.ofMinutes(1);

    @AfterEach
    void forgetTheInterrupt() {
        Thread.interrupted();
    }

    @Test
    void close_onAnInterruptedThread_deliversAndSaysSo() {
        receiver.answerAlways((taken, response) ->
                Mono.delay(Duration.ofMillis(300)).then(response.status(200).send()));
        use(builder(BEYOND_THE_TEST));
        spans(5);
        Thread.currentThread().interrupt();

        CloseReport report = export.close(LONG);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(report).isEqualTo(new CloseReport(5, 0, 0));
        assertThat(receiver.requests).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -3, Long.MIN_VALUE})
    void close_withoutTime_countsEverything(long seconds) {
        receiver.answerAlways((taken, response) -> Mono.never());
        use(builder(BEYOND_THE_TEST));
        spans(5);

        CloseReport report = export.close(Duration.ofSeconds(seconds));

        assertThat(report).isEqualTo(new CloseReport(0, 0, 5));
    }

    @Test
    void close_withMoreTimeThanThereIs_ends() {
        use(builder(BEYOND_THE_TEST));
        spans(5);

        assertThat(export.close(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(new CloseReport(5, 0, 0));
        assertThat(receiver.names("traces"))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 5).mapToObj(i -> "span-" + i).toList());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void close_whenASourceThrowsAtItsEnd_deliversTheRest(boolean error) {
        use(builder(BEYOND_THE_TEST));
        Publisher<EncodedBatch> source = subscriber -> subscriber.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {
                if (error) {
                    throw new NoClassDefFoundError("a class of somebody else");
                }
                throw new IllegalStateException("a source of somebody else");
            }
        });
        export.logs(source);
        spans(5);

        // A close that lost count of what is open ends with its deadline only.
        CloseReport report =
                assertTimeoutPreemptively(LONG, () -> export.close(LONG.multipliedBy(10)), "the close does not end");
        assertThat(report).isEqualTo(new CloseReport(5, 0, 0));
    }
}

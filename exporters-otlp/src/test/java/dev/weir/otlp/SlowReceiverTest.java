// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.ManualTicker;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Answers that never stop coming, and clocks that jump. */
class SlowReceiverTest extends ExportTestBase {

    /** Answers one byte at a time, so that no timeout between two reads ever ends. */
    private static FaultServer dripping(String answer) {
        byte[] bytes = answer.getBytes(StandardCharsets.ISO_8859_1);
        return new FaultServer((connection, text) -> Flux.interval(Duration.ofMillis(20))
                .map(i -> Unpooled.wrappedBuffer(new byte[] {bytes[(int) Math.min(i, bytes.length - 1)]}))
                .concatMap(part -> connection.outbound().sendObject(part).then())
                .subscribe(null, failure -> {}));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nx-endless: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
                "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
            })
    void answerThatDrips_isGivenUpAfterTheTimeout(String answer) {
        try (FaultServer server = dripping(answer)) {
            use(OtlpExport.builder()
                    .endpoint(server.url())
                    .protocol(OtlpProtocol.HTTP_PROTOBUF)
                    .timeout(Duration.ofMillis(600))
                    .linger(Duration.ofMillis(20)));

            spans(5);

            await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
            awaitFailure("no answer within");
            assertThat(account(Signal.TRACES).queued()).isEqualTo(5);
            assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, -1, 24 * 365, -24 * 365})
    void wallClockThatJumps_neitherAgesNorDelaysAnything(int hours) {
        ManualTicker ticker = new ManualTicker();
        TelemetryRuntime runtime = TelemetryRuntime.create(Settings.builder().build(), ticker);
        try {
            use(builder().runtime(runtime).timeout(Duration.ZERO));
            receiver.answerAlways(Receiver.status(503));
            spans(5);
            moveUntil(ticker, () -> receiver.requests.size() > 0);

            ticker.stepWallClock(Duration.ofHours(hours));
            receiver.answerAlways(Receiver.OK);

            moveUntil(ticker, () -> account(Signal.TRACES).delivered() == 5);
            assertThat(account(Signal.TRACES).droppedTotal()).isZero();
            assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(5));
            assertConserved();
        } finally {
            export.close(Duration.ZERO);
            runtime.close();
        }
    }

    @Test
    void retryAfterADate_countsFromTheWallClockAndWaitsOnTheOther() {
        ManualTicker ticker =
                new ManualTicker(Long.MAX_VALUE - 1, Duration.ofDays(20_000).toNanos());
        TelemetryRuntime runtime = TelemetryRuntime.create(
                Settings.builder().set("weir.otlp.max.age", "1h").build(), ticker);
        try {
            use(builder().runtime(runtime).timeout(Duration.ZERO));
            receiver.answerNext(Receiver.status(429, "Retry-After", "Fri, 04 Oct 2024 00:00:05 GMT"));
            receiver.answerNext(Receiver.status(429, "Retry-After", "5"));
            spans(5);

            moveUntil(ticker, () -> export.status().of(Signal.TRACES).state().equals("throttled"));
            ticker.stepWallClock(Duration.ofHours(-1));

            moveUntil(ticker, () -> account(Signal.TRACES).delivered() == 5);
            assertConserved();
        } finally {
            export.close(Duration.ZERO);
            runtime.close();
        }
    }

    @Test
    void continueThatNobodyAskedFor_isSkipped() {
        try (FaultServer server =
                FaultServer.answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) {
            use(OtlpExport.builder()
                    .endpoint(server.url())
                    .protocol(OtlpProtocol.HTTP_PROTOBUF)
                    .linger(Duration.ofMillis(20)));

            spans(5);

            assertThat(export.flush(LONG).block()).isTrue();
            assertThat(account(Signal.TRACES).delivered()).isEqualTo(5);
        }
    }
}

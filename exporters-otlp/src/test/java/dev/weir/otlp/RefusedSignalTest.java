// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import io.netty.buffer.Unpooled;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

/** What refuses one signal says nothing about the others; what is not there is not there for all of them. */
class RefusedSignalTest extends ExportTestBase {

    static Stream<Receiver.Answer> refusals() {
        return Stream.of(
                Receiver.status(429, "Retry-After", "60"),
                Receiver.status(503, "Retry-After", "60"),
                Receiver.status(502, "Retry-After", "600"),
                Receiver.status(429),
                Receiver.status(503),
                Receiver.status(401));
    }

    /** Answers so to logs, and takes the rest. */
    private void refuseLogs(Receiver.Answer refusal) {
        receiver.answerAlways((taken, response) -> {
            if (taken.path().endsWith("logs")) {
                return refusal.to(taken, response);
            }
            receiver.accepted.add(taken);
            return Receiver.OK.to(taken, response);
        });
    }

    private Logger logger() {
        return SdkLoggerProvider.builder()
                .addLogRecordProcessor(export.logRecordProcessor())
                .build()
                .get("test");
    }

    private String state(Signal signal) {
        return export.status().of(signal).state();
    }

    private void awaitLogsRefused() {
        logger().logRecordBuilder().setBody("a line").emit();
        await().atMost(LONG)
                .until(() -> export.status().of(Signal.LOGS).failedRequests() > 0
                        && !state(Signal.LOGS).equals("up"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusalOfLogs_holdsForLogsOnly(Receiver.Answer refusal) {
        refuseLogs(refusal);
        use(builder());
        awaitLogsRefused();

        spans(5);

        await().atMost(LONG).until(() -> receiver.names("traces").size() == 5);
        assertThat(state(Signal.TRACES)).isEqualTo("up");
        assertThat(export.status().of(Signal.TRACES).lastFailure()).isEmpty();
        assertThat(account(Signal.LOGS).droppedTotal()).isZero();
        assertThat(log.lines()).anyMatch(line -> line.startsWith(receiver.url() + "/v1/logs refuses logs: HTTP "));
    }

    @Test
    void lostConnection_holdsForAllSignals_andItsEndIsSaid() {
        int port = receiver.port();
        receiver.close();
        use(builder());
        awaitLogsRefused();

        assertThat(state(Signal.TRACES)).isNotEqualTo("up");
        assertThat(export.status().of(Signal.TRACES).lastFailure()).contains("refused");
        spans(5);

        receiver = new Receiver(port);
        await().atMost(LONG).until(() -> receiver.names("traces").size() == 5);
        await().atMost(LONG).until(() -> receiver.names("logs").size() == 1);
        assertThat(log.lines())
                .filteredOn(line -> line.contains("accepts all signals again"))
                .hasSize(1);
        assertThat(log.lines())
                .anyMatch(line -> line.matches(
                        "http://127.0.0.1:" + port + " accepts all signals again, \\d+ records were waiting"));
    }

    @Test
    void refusalForGood_namesTheUrlThatWasCalled() {
        receiver.answerAlways((taken, response) -> response.status(404)
                .send(Mono.just(Unpooled.wrappedBuffer("no such page".getBytes(StandardCharsets.UTF_8)))));
        use(OtlpExport.builder().endpoint(receiver.url() + "/v1/traces").linger(java.time.Duration.ofMillis(20)));
        logger().logRecordBuilder().setBody("a line").emit();

        await().atMost(LONG).until(() -> account(Signal.LOGS).droppedTotal() == 1);
        assertThat(log.lines())
                .anyMatch(line ->
                        line.startsWith("logs: " + receiver.url() + "/v1/traces/v1/logs rejected a batch, its 1"));
    }
}

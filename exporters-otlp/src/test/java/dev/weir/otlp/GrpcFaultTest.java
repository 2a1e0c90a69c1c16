// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC servers and proxies that misbehave on the level of frames. */
class GrpcFaultTest extends ExportTestBase {

    private Http2FaultServer server = new Http2FaultServer();

    @AfterEach
    void stop() {
        if (export != null) {
            export.close(Duration.ofSeconds(2));
        }
        server.close();
    }

    private void start(Duration timeout, Map<String, String> settings) {
        use(OtlpExport.builder()
                .runtime(runtime(settings))
                .endpoint(server.url())
                .protocol(OtlpProtocol.GRPC)
                .timeout(timeout)
                .linger(Duration.ofMillis(20)));
    }

    private void start() {
        start(LONG, Map.of());
    }

    /** All of {@code records} arrives in the end, and no call was counted as anything but repeated. */
    private void assertDelivered(int records) {
        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(records);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    private void assertWaits(int records) {
        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(records);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    // ---- 9: the connection is ended or narrowed ---------------------------------------------------------------------

    @Test
    void goAway_beforeOurCall_isRepeatedOnANewConnection() {
        server.next(call -> {
            call.goAway(1, Http2Error.NO_ERROR, "");
            call.disconnect();
        });
        start();

        spans(10);

        assertDelivered(10);
        assertThat(server.connections.get()).isGreaterThan(1);
        assertThat(export.status().of(Signal.TRACES).retries()).isPositive();
    }

    @Test
    void goAway_withTheAnswer_theNextCallUsesANewConnection() {
        server.next(call -> {
            Http2FaultServer.OK.answer(call);
            call.goAway(call.stream().id(), Http2Error.NO_ERROR, "");
        });
        start();

        for (int i = 0; i < 5; i++) {
            spans(10);
            assertThat(export.flush(LONG).block()).isTrue();
        }

        assertDelivered(50);
    }

    @Test
    void enhanceYourCalm_losesNothing() {
        server.next(call -> {
            call.goAway(0, Http2Error.ENHANCE_YOUR_CALM, "too_many_pings");
            call.disconnect();
        });
        start();

        spans(10);

        assertDelivered(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"REFUSED_STREAM", "INTERNAL_ERROR", "CANCEL", "ENHANCE_YOUR_CALM"})
    void resetStream_isRepeated(String error) {
        server.next(call -> call.reset(Http2Error.valueOf(error)));
        start();

        spans(10);

        assertDelivered(10);
        assertThat(export.status().of(Signal.TRACES).retries()).isPositive();
    }

    @Test
    void settingsThatNarrow_whileCallsAreUnderWay_loseNothing() {
        AtomicInteger turn = new AtomicInteger();
        Http2FaultServer.Script narrow = call -> {
            int n = turn.getAndIncrement();
            call.settings(new Http2Settings()
                    .maxConcurrentStreams(n % 2 == 0 ? 1 : 100)
                    .initialWindowSize(n % 3 == 0 ? 1_024 : 65_535));
            Http2FaultServer.OK.answer(call);
        };
        for (int i = 0; i < 30; i++) {
            server.next(narrow);
        }
        start(LONG, Map.of("weir.otlp.batch.bytes", "4k"));

        spans(5_000);

        assertDelivered(5_000);
    }

    @Test
    void connectionThatEndsInTheMiddleOfACall_isRepeated() {
        server.next(Http2FaultServer.Call::disconnect, Http2FaultServer.Call::disconnect);
        start();

        spans(10);

        assertDelivered(10);
    }

    // ---- 5: windows that do not open, answers that drip -------------------------------------------------------------

    @Test
    void windowThatStaysShut_isGivenUpAfterTheTimeout_andDeliveredOnceItOpens() {
        server.stall();
        start(Duration.ofMillis(1_500), Map.of());

        spans(3_000);
        // Batches of a slow machine may be so small that some pass through the window that every connection begins
        // with.
        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
        assertThat(account(Signal.TRACES).queued()).isPositive();
        assertConserved();
        awaitFailure("no answer within");
        server.flow();

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 3_000);
        assertConserved();
    }

    @Test
    void answerThatDrips_isGivenUpAfterTheTimeout() {
        for (int i = 0; i < 50; i++) {
            server.next(call -> {
                call.headers(false, ":status", "200", "content-type", "application/grpc");
                call.context()
                        .executor()
                        .scheduleAtFixedRate(() -> call.data("x", false), 20, 20, TimeUnit.MILLISECONDS);
            });
        }
        start(Duration.ofMillis(500), Map.of());

        spans(5);

        assertWaits(5);
        awaitFailure("no answer within");
    }

    // ---- 12: answers that make no sense -----------------------------------------------------------------------------

    @Test
    void answerWithoutStatus_isRepeated() {
        server.next(call -> {
            call.headers(false, ":status", "200", "content-type", "application/grpc");
            call.data("\0\0\0\0\0", true);
        });
        start();

        spans(5);

        assertDelivered(5);
        assertThat(server.calls.get()).isGreaterThan(1);
    }

    @Test
    void refusalInTheOnlyHeaders_isUnderstood() {
        server.next(
                call -> call.headers(true, ":status", "200", "content-type", "application/grpc", "grpc-status", "14"),
                call -> call.headers(
                        true,
                        ":status",
                        "200",
                        "content-type",
                        "application/grpc",
                        "grpc-status",
                        "3",
                        "grpc-message",
                        "no%20way"));
        start();

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.REJECTED, 5L);
        assertThat(export.deadLetters().get(0).reason()).isEqualTo("gRPC INVALID_ARGUMENT: no way");
        assertConserved();
    }

    @ParameterizedTest
    @ValueSource(strings = {"429", "502", "503", "504"})
    void pageOfAProxy_isRepeated(String status) {
        server.next(call -> {
            call.headers(false, ":status", status, "content-type", "text/html");
            call.data("<html>busy</html>", true);
        });
        start();

        spans(5);

        assertDelivered(5);
        assertThat(server.calls.get()).isGreaterThan(1);
    }

    @Test
    void htmlWithStatus200_isRepeated() {
        server.next(call -> {
            call.headers(false, ":status", "200", "content-type", "text/html");
            call.data("<html>welcome</html>", true);
        });
        start();

        spans(5);

        assertDelivered(5);
    }

    @Test
    void endlessTrailers_areNotReadToTheirEnd() {
        server.next(call -> {
            call.headers(false, ":status", "200", "content-type", "application/grpc");
            String[] trailers = new String[2_000];
            for (int i = 0; i < trailers.length; i += 2) {
                trailers[i] = "x-" + i;
                trailers[i + 1] = "y".repeat(200);
            }
            call.headers(true, trailers);
        });
        start(Duration.ofSeconds(2), Map.of());

        spans(5);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 5);
        assertConserved();
    }

    @Test
    void messageLongerThanItSays_isNotTrusted() {
        server.next(call -> {
            call.headers(false, ":status", "200", "content-type", "application/grpc");
            call.data("\0\u00ff\u00ff\u00ff\u00ffabc", false);
            call.headers(true, "grpc-status", "0");
        });
        start();

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(5);
    }
}

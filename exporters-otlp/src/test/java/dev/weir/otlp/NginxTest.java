// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.Signal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** nginx between the export and the receiver, for OTLP/HTTP and OTLP/gRPC. */
class NginxTest extends ExportTestBase {

    @TempDir
    Path directory;

    private GrpcReceiver grpc = new GrpcReceiver();
    private Nginx nginx;

    @BeforeEach
    void requireNginx() {
        assumeTrue(Nginx.program().isPresent(), "nginx is not installed");
    }

    @AfterEach
    void stop() {
        if (export != null) {
            export.close(Duration.ofSeconds(1));
        }
        if (nginx != null) {
            nginx.close();
        }
        grpc.close();
    }

    private void through(boolean isGrpc, String more, Map<String, String> settings) throws Exception {
        String pass = isGrpc
                ? "grpc_pass grpc://127.0.0.1:" + grpc.port() + ";"
                : "proxy_pass http://127.0.0.1:" + receiver.port() + ";";
        nginx = Nginx.start(directory, isGrpc, more + " location / { " + pass + " }");
        use(OtlpExport.builder()
                .runtime(runtime(settings))
                .endpoint(nginx.url())
                .protocol(isGrpc ? OtlpProtocol.GRPC : OtlpProtocol.HTTP_PROTOBUF)
                .timeout(LONG)
                .linger(Duration.ofMillis(20)));
    }

    private void assertAllArrive(boolean isGrpc, int count) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> account(Signal.TRACES).delivered() == count);
        // A request that nginx gave up may have arrived all the same.
        assertThat(Set.copyOf(isGrpc ? grpc.names("traces") : receiver.names("traces")))
                .containsExactlyInAnyOrderElementsOf(names(count));
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectionsThatEndAfterAFewRequests_loseNothing(boolean isGrpc) throws Exception {
        through(isGrpc, "keepalive_requests 3;", Map.of("weir.otlp.batch.bytes", "4k"));

        spans(3_000);

        assertAllArrive(isGrpc, 3_000);
        assertThat(export.status().of(Signal.TRACES).requests()).isGreaterThan(10);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectionsThatEndWhileIdle_loseNothing(boolean isGrpc) throws Exception {
        through(isGrpc, "keepalive_timeout 1s;", Map.of());

        for (int i = 0; i < 3; i++) {
            spans(10);
            assertThat(export.flush(LONG).block()).isTrue();
            // Long enough for nginx to have closed the connection, or to be about to.
            Mono.delay(Duration.ofMillis(900 + 100 * i)).block();
        }

        assertAllArrive(isGrpc, 30);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void receiverBehindItAway_thenBack_loseNothing(boolean isGrpc) throws Exception {
        through(isGrpc, "", Map.of());
        int port = isGrpc ? grpc.port() : receiver.port();
        if (isGrpc) {
            grpc.close();
        } else {
            receiver.close();
        }
        spans(50);
        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
        awaitFailure(isGrpc ? "UNAVAILABLE" : "HTTP 502");
        assertThat(account(Signal.TRACES).queued()).isEqualTo(50);

        if (isGrpc) {
            grpc = new GrpcReceiver(port, builder -> builder);
        } else {
            receiver = new Receiver(port);
        }

        assertAllArrive(isGrpc, 50);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void busy_isRepeated(boolean isGrpc) throws Exception {
        through(isGrpc, "", Map.of());
        nginx.busy();
        spans(50);
        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(50);

        nginx.rest();

        assertAllArrive(isGrpc, 50);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void answerThatItWaitsForInVain_isRepeated(boolean isGrpc) throws Exception {
        through(isGrpc, (isGrpc ? "grpc" : "proxy") + "_read_timeout 1s;", Map.of("weir.otlp.concurrency.max", "1"));
        if (isGrpc) {
            grpc.delay(2_500);
        } else {
            receiver.answerNext((taken, response) -> Mono.never());
        }
        spans(5);
        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 0);
        grpc.delay(0);

        await().atMost(Duration.ofSeconds(60))
                .until(() -> account(Signal.TRACES).delivered() == 5);
        assertThat(isGrpc ? grpc.names("traces") : receiver.names("traces")).contains(names(5).toArray(String[]::new));
        assertConserved();
    }

    @Test
    void bodiesThatAreTooLargeForIt_areCutUntilTheyFit() throws Exception {
        through(false, "client_max_body_size 8k;", Map.of());

        spans(2_000);

        assertAllArrive(false, 2_000);
    }

    @Test
    void grpcMessagesThatAreTooLargeForIt_areCutUntilTheyFit() throws Exception {
        through(true, "client_max_body_size 8k;", Map.of());

        spans(2_000);

        assertAllArrive(true, 2_000);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.RequestHeaders;
import dev.weir.otlp.internal.transport.SendResult;
import dev.weir.otlp.internal.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What each {@link Transport} does: one attempt has at most one result, and its payload is released once. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
abstract class TransportContract {

    static final Duration LONG = Duration.ofSeconds(30);

    private final List<SendResult> results = new CopyOnWriteArrayList<>();
    private final List<Boolean> refreshes = new CopyOnWriteArrayList<>();
    private Clients clients;

    /** A transport to the receiver of the test. */
    abstract Transport transport(Clients clients, RequestHeaders headers);

    /** A transport to a port on which nothing listens. */
    abstract Transport transportTo(Clients clients, int port);

    /** The receiver takes requests and does not answer. */
    abstract void neverAnswer();

    /** The receiver refuses the credentials of the next request. */
    abstract void refuseCredentials();

    /** The receiver is busy for the next request. */
    abstract void refuseForNow();

    /** The receiver refuses the next request because it is malformed. */
    abstract void reject();

    /** Requests that have arrived. */
    abstract int arrived();

    /** The bodies that the receiver has accepted. */
    abstract List<byte[]> accepted();

    @BeforeEach
    void start() {
        clients = new Clients(
                4,
                (task, delay) -> Schedulers.parallel().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS),
                null,
                null);
    }

    @AfterEach
    void end() {
        clients.dispose();
    }

    private Transport transport() {
        return transport(clients, refresh -> {
            refreshes.add(refresh);
            return Mono.just(Map.of("x-tenant", "a"));
        });
    }

    private static ByteBuf payload() {
        return PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(new byte[] {10, 0});
    }

    private Disposable send(Transport transport, ByteBuf payload) {
        return transport.send(payload, false, 7, 0, results::add);
    }

    private SendResult result(Transport transport) {
        int before = results.size();
        ByteBuf payload = payload();
        send(transport, payload);
        await().atMost(LONG).until(() -> results.size() == before + 1);
        awaitReleased(payload);
        return results.get(before);
    }

    private static void awaitReleased(ByteBuf payload) {
        await().atMost(LONG).until(() -> payload.refCnt() == 0);
    }

    @Test
    void accepted_isDelivered_withTheBodyAsItWas() {
        SendResult result = result(transport());

        assertThat(result.outcome()).isEqualTo(SendResult.Outcome.DELIVERED);
        assertThat(result.rejected()).isZero();
        assertThat(accepted()).singleElement().isEqualTo(new byte[] {10, 0});
    }

    @Test
    void busyReceiver_isARetryOrAThrottle() {
        refuseForNow();

        assertThat(result(transport()).outcome()).isIn(SendResult.Outcome.RETRY, SendResult.Outcome.THROTTLE);
    }

    @Test
    void malformedRequest_isRejected() {
        reject();

        assertThat(result(transport()).outcome()).isEqualTo(SendResult.Outcome.REJECTED);
    }

    @Test
    void refusedCredentials_areGotAnewForTheNextRequestOnly() {
        refuseCredentials();
        Transport transport = transport();

        assertThat(result(transport).outcome()).isEqualTo(SendResult.Outcome.UNAUTHORIZED);
        assertThat(result(transport).outcome()).isEqualTo(SendResult.Outcome.DELIVERED);
        assertThat(result(transport).outcome()).isEqualTo(SendResult.Outcome.DELIVERED);

        assertThat(refreshes).containsExactly(false, true, false);
    }

    @Test
    void headersThatFail_makeTheAttemptFail_andNothingIsSent() {
        Transport transport = transport(clients, refresh -> Mono.error(new IllegalStateException("no token")));

        SendResult result = result(transport);

        assertThat(result.outcome()).isEqualTo(SendResult.Outcome.UNREACHABLE);
        assertThat(result.message()).contains("no token");
        assertThat(arrived()).isZero();
    }

    @Test
    void headersThatAreEmpty_areNoHeaders() {
        Transport transport = transport(clients, refresh -> Mono.empty());

        assertThat(result(transport).outcome()).isEqualTo(SendResult.Outcome.DELIVERED);
    }

    @Test
    void nothingListens_isUnreachable() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }

        assertThat(result(transportTo(clients, port)).outcome()).isEqualTo(SendResult.Outcome.UNREACHABLE);
    }

    @Test
    void disposedBeforeTheAnswer_hasNoResult_andReleasesThePayload() {
        neverAnswer();
        Transport transport = transport();
        ByteBuf payload = payload();
        Disposable attempt = send(transport, payload);
        await().atMost(LONG).until(() -> arrived() == 1);

        attempt.dispose();

        awaitReleased(payload);
        assertThat(results).isEmpty();
    }

    @Test
    void disposedBeforeTheHeaders_sendsNothing_andReleasesThePayload() {
        Transport transport = transport(clients, refresh -> Mono.never());
        ByteBuf payload = payload();

        send(transport, payload).dispose();

        awaitReleased(payload);
        assertThat(results).isEmpty();
        assertThat(arrived()).isZero();
    }

    @Test
    void abandonedConnection_isReplacedByTheNextRequest() {
        Transport transport = transport();
        result(transport);

        transport.abandonConnection();

        await().atMost(LONG).until(() -> result(transport).outcome() == SendResult.Outcome.DELIVERED);
    }
}

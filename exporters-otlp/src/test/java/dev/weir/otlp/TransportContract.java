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
import io.netty.channel.EventLoopGroup;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
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
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/**
 * What each {@link Transport} does. At the end of each test, when nothing can happen any more: each attempt had one
 * result, or none if it was disposed, and its payload was released once.
 */
@ExtendWith(NoLeaks.class)
@Timeout(60)
abstract class TransportContract {

    static final Duration LONG = Duration.ofSeconds(30);

    private static final byte[] BODY = {10, 0};

    private final List<Attempt> attempts = new ArrayList<>();
    private final List<Boolean> refreshes = new CopyOnWriteArrayList<>();
    private Clients clients;

    /** A transport to the receiver of the test. */
    abstract Transport transport(Clients clients, RequestHeaders headers);

    /** A transport to a port on which nothing listens. */
    abstract Transport transportTo(Clients clients, int port);

    /** The receiver takes the next request and does not answer. */
    abstract void ignoreNext();

    /** The receiver refuses the credentials of the next request. */
    abstract void refuseCredentials();

    /** The receiver is busy for the next request. */
    abstract void refuseForNow();

    /** The receiver refuses the next request because it is malformed. */
    abstract void reject();

    /** Connections that the receiver has accepted. */
    abstract int connections();

    /** Ignored requests that the transport gave up, as the receiver sees it. */
    abstract int givenUp();

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

    /** After the receiver was closed. */
    @AfterEach
    void eachAttempt_hadItsResult_andReleasedItsPayloadOnce() throws Exception {
        EventLoopGroup loop = clients.loops().onClient(LoopResources.DEFAULT_NATIVE);
        clients.dispose();
        assertThat(loop.terminationFuture().await(LONG.toMillis())).isTrue();

        for (Attempt attempt : attempts) {
            assertThat(attempt.results).hasSize(attempt.disposed ? 0 : 1);
            assertThat(attempt.payload.refCnt()).isEqualTo(1);
            attempt.payload.release();
        }
    }

    /** One attempt. The test has a reference to the payload, too, so that it sees when one too many is released. */
    private static final class Attempt {

        final ByteBuf payload =
                PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(BODY).retain();
        final List<SendResult> results = new CopyOnWriteArrayList<>();
        Disposable exchange = () -> {};
        boolean disposed;

        void dispose() {
            disposed = true;
            exchange.dispose();
        }

        void awaitReleased() {
            await().atMost(LONG).until(() -> payload.refCnt() == 1);
        }

        SendResult result() {
            await().atMost(LONG).until(() -> !results.isEmpty());
            return results.get(0);
        }
    }

    private Transport transport() {
        return transport(clients, refresh -> {
            refreshes.add(refresh);
            return Mono.just(Map.of("x-tenant", "a"));
        });
    }

    private Attempt send(Transport transport) {
        Attempt attempt = new Attempt();
        attempts.add(attempt);
        attempt.exchange = transport.send(attempt.payload, false, 7, 0, attempt.results::add);
        return attempt;
    }

    private SendResult result(Transport transport) {
        Attempt attempt = send(transport);
        SendResult result = attempt.result();
        attempt.awaitReleased();
        return result;
    }

    @Test
    void accepted_isDelivered_withTheBodyAsItWas() {
        SendResult result = result(transport());

        assertThat(result.outcome()).isEqualTo(SendResult.Outcome.DELIVERED);
        assertThat(result.rejected()).isZero();
        assertThat(accepted()).singleElement().isEqualTo(BODY);
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
    void sourceOfHeadersThatThrows_makesTheAttemptFail_andNothingIsSent() {
        Transport transport = transport(clients, refresh -> {
            throw new IllegalStateException("no token");
        });

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
    void disposedBeforeTheAnswer_isGivenUp_withoutAResult_andReleasesThePayload() {
        ignoreNext();
        Attempt attempt = send(transport());
        await().atMost(LONG).until(() -> arrived() == 1);

        attempt.dispose();

        attempt.awaitReleased();
        await().atMost(LONG).until(() -> givenUp() == 1);
        assertThat(attempt.results).isEmpty();
    }

    @Test
    void disposedBeforeTheHeaders_sendsNothing_andReleasesThePayload() {
        Sinks.One<Map<String, String>> headers = Sinks.one();
        Attempt attempt = send(transport(clients, refresh -> headers.asMono()));

        attempt.dispose();
        headers.tryEmitValue(Map.of());

        attempt.awaitReleased();
        assertThat(attempt.results).isEmpty();
        // A request that was sent nevertheless arrives before this one is answered.
        assertThat(result(transport()).outcome()).isEqualTo(SendResult.Outcome.DELIVERED);
        assertThat(arrived()).isEqualTo(1);
    }

    @Test
    void abandonedConnection_isReplacedByTheNextRequest() {
        ignoreNext();
        Transport transport = transport();
        Attempt ignored = send(transport);
        await().atMost(LONG).until(() -> arrived() == 1);
        assertThat(connections()).isEqualTo(1);

        ignored.dispose();
        transport.abandonConnection();

        await().atMost(LONG).until(() -> result(transport).outcome() == SendResult.Outcome.DELIVERED);
        assertThat(connections()).isEqualTo(2);
    }
}

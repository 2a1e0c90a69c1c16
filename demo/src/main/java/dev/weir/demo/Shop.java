// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import dev.weir.Weir;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Two services on loopback: {@code GET /checkout/{cart}} asks {@code GET /pay/{cart}} of the other one. Of every hundred
 * payments one fails and one takes {@value #SLOW_MILLIS} ms longer.
 *
 * <p>Written as an application would write it: the only trace of telemetry is {@code weir.instrument} and {@code weir.routes}.
 */
final class Shop implements AutoCloseable {

    static final int SLOW_MILLIS = 250;

    private static final Logger CHECKOUT_LOG = LoggerFactory.getLogger("dev.weir.demo.checkout");
    private static final Logger PAY_LOG = LoggerFactory.getLogger("dev.weir.demo.pay");

    private final AtomicLong payments = new AtomicLong();
    private final DisposableServer pay;
    private final DisposableServer checkout;
    private final HttpClient payClient;

    Shop(Weir weir) {
        pay = weir.instrument(HttpServer.create()
                        .host("127.0.0.1")
                        .port(0)
                        .route(weir.routes(routes -> routes.get("/pay/{cart}", this::pay))))
                .bindNow();
        payClient = weir.instrument(HttpClient.create().host("127.0.0.1").port(pay.port()));
        checkout = weir.instrument(HttpServer.create()
                        .host("127.0.0.1")
                        .port(0)
                        .route(weir.routes(routes -> routes.get("/checkout/{cart}", this::checkout))))
                .bindNow();
    }

    /** Where customers come in. */
    int port() {
        return checkout.port();
    }

    private Publisher<Void> checkout(HttpServerRequest request, HttpServerResponse response) {
        String cart = request.param("cart");
        CHECKOUT_LOG.info("checking out cart {}", cart);
        return payClient
                .get()
                .uri("/pay/" + cart)
                .responseSingle((answer, body) -> body.asString()
                        .defaultIfEmpty("")
                        .map(text -> new Answer(answer.status().code(), text)))
                .flatMap(answer -> {
                    if (answer.status != 200) {
                        CHECKOUT_LOG.error("payment for cart {} failed with {}", cart, answer.status);
                        return response.status(502)
                                .sendString(Mono.just("try again"))
                                .then();
                    }
                    CHECKOUT_LOG.info("cart {} is paid: {}", cart, answer.text);
                    return response.sendString(Mono.just("thank you")).then();
                });
    }

    private Publisher<Void> pay(HttpServerRequest request, HttpServerResponse response) {
        String cart = request.param("cart");
        return switch ((int) (payments.getAndIncrement() % 100)) {
            case 37 -> {
                PAY_LOG.error(
                        "no answer from the bank for cart {}", cart, new IllegalStateException("bank unreachable"));
                yield response.status(500).send();
            }
            case 73 -> {
                PAY_LOG.warn("the bank is slow for cart {}", cart);
                yield Mono.delay(Duration.ofMillis(SLOW_MILLIS))
                        .doOnNext(tick -> PAY_LOG.info("the bank answered at last for cart {}", cart))
                        .then(response.sendString(Mono.just("receipt")).then());
            }
            default -> {
                PAY_LOG.info("payment for cart {} accepted", cart);
                yield response.sendString(Mono.just("receipt"));
            }
        };
    }

    @Override
    public void close() {
        checkout.disposeNow(Duration.ofSeconds(2));
        pay.disposeNow(Duration.ofSeconds(2));
    }

    private record Answer(int status, String text) {}
}

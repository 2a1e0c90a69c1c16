// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Programs that end in the ways that programs do, by the name of the first argument. */
public final class ShutdownMain {

    private static final Logger LOG = LoggerFactory.getLogger("shop");

    private ShutdownMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        Weir weir =
                Weir.builder().serviceName("ends").set("weir.banner", "false").start();
        switch (arguments[0]) {
            case "hook" -> Runtime.getRuntime().addShutdownHook(new Thread(() -> work(weir), "goodbye"));
            case "pool" -> Executors.newSingleThreadExecutor().execute(() -> LOG.info("pooled"));
            case "thread" -> new Thread(() -> await(new CountDownLatch(1))).start();
            case "drain" -> drain(weir);
            case "closes" ->
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    work(weir);
                    weir.close();
                    System.out.println("closed by the program");
                }));
            default -> LOG.info("nothing else");
        }
        LOG.info("the last line of main");
        System.out.println("ready");
        if (arguments.length > 1) {
            new CountDownLatch(1).await();
        }
        System.exit(0);
    }

    private static void work(Weir weir) {
        for (int i = 0; i < 5; i++) {
            LOG.info("goodbye {}", i);
            weir.openTelemetry()
                    .getTracer("shop")
                    .spanBuilder("goodbye " + i)
                    .startSpan()
                    .end();
            sleep(150);
        }
        System.out.println("the hook is done");
    }

    /** As a framework does that lets its server finish what it has begun. */
    private static void drain(Weir weir) {
        DisposableServer server = weir.instrument(
                        HttpServer.create().host("127.0.0.1").port(0))
                .route(weir.routes(routes -> routes.get(
                        "/slow",
                        (request, response) -> response.sendString(
                                Mono.delay(Duration.ofSeconds(3)).map(tick -> {
                                    LOG.info("slow is done");
                                    return "ok";
                                })))))
                .bindNow();
        CountDownLatch answered = new CountDownLatch(1);
        HttpClient.create()
                .get()
                .uri("http://127.0.0.1:" + server.port() + "/slow")
                .responseContent()
                .aggregate()
                .asString()
                .doFinally(end -> answered.countDown())
                .subscribe(System.out::println);
        sleep(500);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            await(answered);
            server.disposeNow(Duration.ofSeconds(1));
        }));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

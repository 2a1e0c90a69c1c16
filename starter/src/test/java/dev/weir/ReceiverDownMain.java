// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import ch.qos.logback.classic.Level;
import dev.weir.core.CloseReport;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Serves while the receiver {@code refuses} or {@code hangs}, with BlockHound on watch; prints what it saw, and {@code done}. */
public final class ReceiverDownMain {

    static final int REQUESTS = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(ReceiverDownMain.class);

    private ReceiverDownMain() {}

    /** The kind of receiver and a directory for what is stored. */
    public static void main(String[] arguments) throws IOException {
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
        Set<String> blocked = ConcurrentHashMap.newKeySet();
        CountDownLatch control = new CountDownLatch(1);
        BlockHound.builder()
                .loadIntegrations()
                .blockingMethodCallback(method -> {
                    blocked.add(method + stack());
                    control.countDown();
                })
                .install();
        Mono.fromCallable(() -> control.await(10, TimeUnit.SECONDS))
                .subscribeOn(Schedulers.parallel())
                .block();
        System.out.println("control: " + (blocked.isEmpty() ? "missed" : "noticed"));
        blocked.clear();
        // Its backlog takes connections; nobody ever answers them.
        try (ServerSocket receiver = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            if (arguments[0].equals("refuses")) {
                receiver.close();
            }
            serve(receiver.getLocalPort(), arguments[1]);
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
        }
        blocked.forEach(what -> System.out.println("blocked: " + what));
        System.out.println("done");
        System.exit(0);
    }

    private static String stack() {
        StringBuilder text = new StringBuilder();
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            text.append("\n    ").append(frame);
        }
        return text.toString();
    }

    private static void serve(int port, String directory) {
        Weir weir = Weir.builder()
                .serviceName("down")
                .set("weir.log.directory", directory)
                .endpoint("http://127.0.0.1:" + port)
                .start();
        DisposableServer server = weir.instrument(
                        HttpServer.create().host("127.0.0.1").port(0))
                .route(weir.routes(routes -> routes.get("/x/{id}", (request, response) -> {
                    LOG.info("request {}", request.param("id"));
                    return response.sendString(Mono.just("x"));
                })))
                .bindNow();
        HttpClient client = weir.instrument(HttpClient.create()).baseUrl("http://127.0.0.1:" + server.port());
        Long answered = Flux.range(0, REQUESTS)
                .flatMap(
                        i -> client.get()
                                .uri("/x/" + i)
                                .responseContent()
                                .aggregate()
                                .asString(),
                        20)
                .filter("x"::equals)
                .count()
                .block(Duration.ofSeconds(120));
        System.out.println("answered " + answered);
        server.disposeNow();
        CloseReport report = weir.close(Duration.ofSeconds(3));
        for (Signal signal : Signal.values()) {
            LedgerSnapshot account = weir.ledger().of(signal).snapshot();
            System.out.printf(
                    "%s produced %d, balance %d%n",
                    signal,
                    account.produced(),
                    account.produced() - account.delivered() - account.queued() - account.droppedTotal());
        }
        System.out.printf("delivered %d, stored %d, lost %d%n", report.delivered(), report.stored(), report.lost());
    }
}

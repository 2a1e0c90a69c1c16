// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelOption;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Connections that come and go leave nothing behind. {@code -Dtest.http.connections=100000} makes it as many; what the JVM still holds
 * is counted by class, which tells of one forgotten object a connection long before the heap does.
 */
class ManyConnectionsTest {

    private static final int CONNECTIONS = Integer.getInteger("test.http.connections", 4000);
    private static final int AT_ONCE = 50;

    @Test
    void connectionsThatComeAndGo_leaveNothingOnTheHeap() throws Exception {
        Map<String, Long> ofOtherTests = ours();
        try (HttpFixture it = new HttpFixture(b -> b.connectionSpans(true))) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/x", (req, res) -> res.sendString(Mono.just("x"))));
            // A reset instead of a farewell: no port waits for minutes.
            HttpClient client = it.http
                    .instrument(HttpClient.create(ConnectionProvider.newConnection()))
                    .option(ChannelOption.SO_LINGER, 0)
                    .baseUrl("http://127.0.0.1:" + server.port());
            visit(it, client, CONNECTIONS / 4);
            long before = liveBytes();

            visit(it, client, CONNECTIONS - CONNECTIONS / 4);

            long after = liveBytes();
            System.out.printf(
                    "%d connections: %d KiB live after a quarter of them, %d KiB after all%n",
                    CONNECTIONS, before >> 10, after >> 10);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(ours())
                            .allSatisfy((type, live) -> assertThat(live)
                                    .as(type)
                                    .isLessThanOrEqualTo(ofOtherTests.getOrDefault(type, 0L))));
            assertThat(after - before).as("growth of the live heap in bytes").isLessThan(8 << 20);
        }
    }

    private static void visit(HttpFixture it, HttpClient client, int connections) {
        Flux.range(0, connections)
                .flatMap(
                        i -> client.get()
                                .uri("/x")
                                .responseContent()
                                .aggregate()
                                .asString(),
                        AT_ONCE)
                .doOnNext(body -> {
                    it.exporter.reset();
                    it.outcomes.clear();
                })
                .blockLast(Duration.ofMinutes(10));
        it.awaitNothingOpen();
        it.exporter.reset();
        it.outcomes.clear();
    }

    /** Live objects of this module that belong to a connection, a call or an exchange. */
    private static Map<String, Long> ours() throws Exception {
        return histogram()
                .lines()
                .map(line -> line.trim().split("\\s+"))
                .filter(columns -> columns.length >= 4
                        && columns[3].matches("dev\\.weir\\.http\\..*(Handler|Exchange|Call|ServerConnection|Session)"))
                .collect(Collectors.toMap(columns -> columns[3], columns -> Long.parseLong(columns[1])));
    }

    private static long liveBytes() throws Exception {
        String total = histogram()
                .lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(total.trim().split("\\s+")[2]);
    }

    /** Counts after a full collection. */
    private static String histogram() throws Exception {
        return (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
    }
}

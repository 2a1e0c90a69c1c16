// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import dev.weir.core.testing.LedgerAssert;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a program whose receiver is away: nothing is lost, and the next run has it. */
class CloseTest {

    private static final Logger LOG = LoggerFactory.getLogger("shop");
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private Weir start(int port) {
        return Weir.builder()
                .serviceName("test")
                .set("weir.banner", "false")
                .set("weir.log.directory", directory.toString())
                .endpoint("http://127.0.0.1:" + port)
                .start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"refuses", "hangs"})
    void close_whileTheReceiverIsAway_storesEverythingOnce(String receiver) throws IOException {
        Map<Signal, Long> produced = new EnumMap<>(Signal.class);
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        int port = socket.getLocalPort();
        if (receiver.equals("refuses")) {
            socket.close();
        }
        try (socket) {
            Weir weir = start(port);
            for (int i = 0; i < 500; i++) {
                weir.openTelemetry()
                        .getTracer("shop")
                        .spanBuilder("buy")
                        .startSpan()
                        .end();
                LOG.info("bought");
            }
            weir.latencyMetrics().orElseThrow().serverDuration().record(1_000_000);

            CloseReport report = weir.close(Duration.ofSeconds(8));

            long all = 0;
            for (Signal signal : Signal.values()) {
                long of = weir.ledger().of(signal).snapshot().produced();
                produced.put(signal, of);
                all += of;
            }
            assertThat(report).isEqualTo(new CloseReport(0, all, 0));
            LedgerAssert.assertConserved(weir.ledger());
        }
        assertThat(produced.get(Signal.TRACES)).isEqualTo(500);
        assertThat(produced.get(Signal.LOGS)).isGreaterThanOrEqualTo(500);
        assertThat(produced.get(Signal.METRICS)).isPositive();

        Weir next = start(port);
        try {
            for (Signal signal : Signal.values()) {
                await().atMost(LONG)
                        .until(() -> next.ledger().of(signal).snapshot().recovered(), produced.get(signal)::equals);
            }
        } finally {
            next.close(Duration.ofMillis(500));
        }
    }
}

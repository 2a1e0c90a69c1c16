// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.Weir;
import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import dev.weir.core.testing.LedgerAssert;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way: request → three signals → OTLP over HTTP → decoded by a receiver. */
class ShopTest {

    @TempDir
    Path directory;

    @Test
    void traffic_arrivesAsTracesWithTheirLogLines_andTheLedgerAgreesWithTheReceiver() {
        TraceBook book = new TraceBook();
        try (LocalReceiver receiver = new LocalReceiver()) {
            Weir weir = Weir.builder()
                    .serviceName("shop")
                    .endpoint(receiver.endpoint())
                    .set("otel.exporter.otlp.protocol", "http/protobuf")
                    .set("weir.log.directory", directory.toString())
                    .tap(book)
                    .start();
            LoadGenerator load;
            try (Shop shop = new Shop(weir)) {
                load = new LoadGenerator(shop.port());
                load.run(200, Duration.ofSeconds(1));
            }
            String printed = report(weir, book);
            CloseReport closed = weir.close(Duration.ofSeconds(10));

            assertThat(load.failed()).isZero();
            assertThat(closed.lost()).as(weir.ledger().toString()).isZero();
            assertThat(closed.stored()).isZero();
            LedgerAssert.assertConserved(weir.ledger());
            for (Signal signal : Signal.values()) {
                assertThat(receiver.received(signal))
                        .as(signal.label())
                        .isPositive()
                        .isEqualTo(weir.ledger().of(signal).snapshot().delivered());
            }
            assertThat(receiver.received(Signal.TRACES)).isEqualTo(3 * load.sent());
            assertThat(receiver.received(Signal.LOGS)).isGreaterThanOrEqualTo(3 * load.sent() - 10);

            TraceBook.Trace slow =
                    book.last(trace -> trace.hasLine("the bank is slow")).orElseThrow();
            assertThat(slow.durationNanos()).isGreaterThan(Shop.SLOW_MILLIS * 1_000_000L);
            Span checkout = slow.root().orElseThrow();
            Span client = only(slow, checkout);
            Span pay = only(slow, client);
            assertThat(checkout.getName()).isEqualTo("GET /checkout/{cart}");
            assertThat(client.getName()).isEqualTo("GET");
            assertThat(pay.getName()).isEqualTo("GET /pay/{cart}");
            assertThat(slow.linesOf(checkout))
                    .extracting(line -> line.record().getBody().getStringValue())
                    .hasSize(2)
                    .first()
                    .asString()
                    .startsWith("checking out");
            assertThat(slow.linesOf(pay))
                    .extracting(line -> line.record().getBody().getStringValue())
                    .as("also the line that was written on another thread after the delay")
                    .hasSize(2);
            Optional<TraceBook.Trace> error = book.last(TraceBook.Trace::isError);
            assertThat(error).isPresent();
            assertThat(printed)
                    .contains("slowest request:")
                    .contains("server GET /pay/{cart}")
                    .contains("ERROR 500");
        }
    }

    private static Span only(TraceBook.Trace trace, Span parent) {
        assertThat(trace.childrenOf(parent)).hasSize(1);
        return trace.childrenOf(parent).get(0);
    }

    private static String report(Weir weir, TraceBook book) {
        weir.flush(Duration.ofSeconds(5));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        Report report = new Report(new PrintStream(text, true, StandardCharsets.UTF_8));
        report.routes(weir.latencies());
        report.trace("slowest request:", book.slowest().orElseThrow());
        report.trace("last error:", book.last(TraceBook.Trace::isError).orElseThrow());
        report.ledger(weir);
        return text.toString(StandardCharsets.UTF_8);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import dev.weir.Weir;
import dev.weir.WeirBuilder;
import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Runs the shop under load and prints what Weir saw. {@code --once} ends after the report, {@code --seconds N} and
 * {@code --rate N} change the load.
 *
 * <p>Exports to the OTLP endpoint that the environment names; without one, to a small receiver in this process.
 */
public final class ShopDemo {

    private static final Duration CLOSE = Duration.ofSeconds(10);

    /** The first requests pay for class loading and compilation: they are in the ledger, not in the report. */
    private static final Duration WARM_UP = Duration.ofSeconds(3);

    private static final int WARM_UP_RATE = 100;

    private ShopDemo() {}

    /** @throws InterruptedException when interrupted while serving */
    public static void main(String[] args) throws InterruptedException {
        List<String> options = List.of(args);
        boolean once = options.contains("--once");
        Duration duration = Duration.ofSeconds(number(options, "--seconds", 20));
        int rate = number(options, "--rate", 300);

        TraceBook book = new TraceBook();
        WeirBuilder builder = Weir.builder().tap(book);
        if (System.getenv("OTEL_SERVICE_NAME") == null) {
            builder.serviceName("shop");
        }
        LocalReceiver receiver = null;
        if (System.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == null) {
            receiver = new LocalReceiver();
            builder.set("otel.exporter.otlp.endpoint", receiver.endpoint())
                    .set("otel.exporter.otlp.protocol", "http/protobuf");
        }
        Weir weir = builder.start();
        Shop shop = new Shop(weir);
        Report report = new Report(System.out);
        report.line(
                "shop on http://127.0.0.1:%d/checkout/cart-1, %d requests/s for %d s …",
                shop.port(), rate, duration.toSeconds());

        new LoadGenerator(shop.port()).run(WARM_UP_RATE, WARM_UP);
        weir.flush(CLOSE);
        book.clear();
        LoadGenerator load = new LoadGenerator(shop.port());
        load.run(rate, duration);
        weir.flush(CLOSE);

        report.load(load, duration);
        report.routes(weir.latencies());
        book.slowest().ifPresent(trace -> report.trace("slowest request:", trace));
        book.last(TraceBook.Trace::isError).ifPresent(trace -> report.trace("last error:", trace));
        report.ledger(weir);
        if (receiver != null) {
            received(report, receiver);
        }
        if (!once) {
            report.line("%nserving on http://127.0.0.1:%d/checkout/cart-1 until Ctrl-C", shop.port());
            serveUntilInterrupted();
        }
        shop.close();
        CloseReport closed = weir.close(CLOSE);
        report.line(
                "closed: %d delivered in the close, %d stored, %d lost",
                closed.delivered(), closed.stored(), closed.lost());
        if (receiver != null) {
            receiver.close();
        }
    }

    private static void received(Report report, LocalReceiver receiver) {
        report.line(
                "received by the receiver in this process: %d spans, %d log records, %d metric points",
                receiver.received(Signal.TRACES), receiver.received(Signal.LOGS), receiver.received(Signal.METRICS));
    }

    private static void serveUntilInterrupted() throws InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.countDown();
            try {
                main.join(CLOSE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        stop.await();
    }

    private static int number(List<String> options, String name, int otherwise) {
        int at = options.indexOf(name);
        @Nullable String value = at >= 0 && at + 1 < options.size() ? options.get(at + 1) : null;
        if (at < 0) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(String.valueOf(value));
            if (number >= 1 && number <= 100_000) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            // Said below, as for a number out of range.
        }
        throw new IllegalArgumentException(name + " is \"" + value + "\", allowed: 1…100000");
    }
}

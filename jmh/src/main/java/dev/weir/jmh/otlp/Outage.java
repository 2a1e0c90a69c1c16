// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Spool;
import dev.weir.log.LogPipe;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpProtocol;
import io.netty.buffer.PooledByteBufAllocator;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.sdk.trace.ReadableSpan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The receiver is away while an application makes spans and log records at a steady rate, then it comes back: what is in
 * memory and on disk meanwhile, how long it takes to hand everything over, and the account.
 *
 * <p>Run as {@code Outage <seconds away> <records a second of each signal>}; the application is a process with 128 MiB of heap.
 */
public final class Outage {

    private static final AttributeKey<Long> ORDER = AttributeKey.longKey("order.id");

    private Outage() {}

    /** See the class. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 4) {
            application(
                    Path.of(arguments[0]),
                    Integer.parseInt(arguments[1]),
                    Integer.parseInt(arguments[2]),
                    Integer.parseInt(arguments[3]));
            System.exit(0);
        }
        Path directory = Files.createTempDirectory("outage");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process application = java(
                        Outage.class,
                        "-Xmx128m",
                        directory.toString(),
                        Integer.toString(port),
                        arguments[0],
                        arguments[1])
                .inheritIO()
                .start();
        if (!application.waitFor(Integer.parseInt(arguments[0]), TimeUnit.SECONDS)) {
            Process receiver = java(ReceiverProcess.class, "-Xmx256m", "0", Integer.toString(port))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader ready =
                    new BufferedReader(new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
                ready.readLine();
                application.waitFor();
            }
            receiver.destroy();
        }
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static ProcessBuilder java(Class<?> type, String option, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                type.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static void application(Path directory, int port, int secondsAway, int rate) throws Exception {
        TelemetryRuntime runtime = TelemetryRuntime.create(Settings.builder().build());
        LogPipe pipe =
                LogPipe.builder(directory.resolve("pipe")).runtime(runtime).build();
        Spool spool = pipe.spool("otlp");
        OtlpExport export = OtlpExport.builder()
                .runtime(runtime)
                .spool(spool)
                .endpoint("http://127.0.0.1:" + port)
                .protocol(OtlpProtocol.HTTP_PROTOBUF)
                .build();
        export.logs(pipe.batches());
        ReadableSpan[] spans = SampleRecords.ended(1024);
        System.out.printf(
                "%8s %9s %9s %8s %9s %9s %10s %10s %8s %8s%n",
                "s", "heap MiB", "direct", "RSS MiB", "spool MiB", "pipe MiB", "spans", "logs", "dropped", "threads");
        long start = System.nanoTime();
        long made = 0;
        long rows = 0;
        double backAt = -1;
        while (true) {
            double seconds = (System.nanoTime() - start) / 1e9;
            boolean away = seconds < secondsAway;
            if (away) {
                for (long due = (long) (seconds * rate); made < due; made++) {
                    export.spanProcessor().onEnd(spans[(int) (made & 1023)]);
                    pipe.offer(
                            Severity.INFO,
                            "shop.Checkout",
                            "order accepted after the third attempt at the payment service, see the trace",
                            Attributes.of(ORDER, made));
                }
            } else if (backAt < 0) {
                backAt = seconds;
            }
            boolean done = !away && queued(export, Signal.TRACES) == 0 && queued(export, Signal.LOGS) == 0;
            if (seconds >= rows * Math.max(5.0, secondsAway / 20.0) || done) {
                rows++;
                row(seconds, export, pipe, spool);
            }
            if (done) {
                System.out.printf(
                        Locale.ROOT, "handed over %.1f s after the receiver began to start%n", seconds - backAt);
                break;
            }
            LockSupport.parkNanos(1_000_000);
        }
        export.close(Duration.ofSeconds(5));
        pipe.close(Duration.ofSeconds(5));
        for (Signal signal : List.of(Signal.TRACES, Signal.LOGS)) {
            System.out.println(export.ledger().of(signal).snapshot());
        }
    }

    private static long queued(OtlpExport export, Signal signal) {
        return export.ledger().of(signal).snapshot().queued();
    }

    private static void row(double seconds, OtlpExport export, LogPipe pipe, Spool spool) throws IOException {
        System.gc();
        LedgerSnapshot traces = export.ledger().of(Signal.TRACES).snapshot();
        LedgerSnapshot logs = export.ledger().of(Signal.LOGS).snapshot();
        System.out.printf(
                Locale.ROOT,
                "%8.1f %9.1f %9.1f %8.1f %9.1f %9.1f %,10d %,10d %8d %8d%n",
                seconds,
                mib(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()),
                mib(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory()),
                rss(),
                mib(spool.bytes()),
                mib(pipe.stats().storeBytes()),
                traces.queued(),
                logs.queued(),
                traces.droppedTotal() + logs.droppedTotal(),
                Thread.activeCount());
    }

    private static double mib(long bytes) {
        return bytes / 1024.0 / 1024.0;
    }

    private static double rss() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        return 0;
    }
}

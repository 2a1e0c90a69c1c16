// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.otlp.Compression;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpProtocol;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * How many spans one producer gets delivered without loss, and what that costs: Weir beside the SDK's batch processor with
 * its exporters. Each row is a process of its own; the receiver is another one. CPU and bytes are those of the whole process
 * except what the producer spends while it waits for room. Threads are those that were added.
 *
 * <p>Run as {@code ExportThroughput <seconds> <delays,…> [variant…]}; {@code ExportThroughput one …} is one row.
 */
public final class ExportThroughput {

    private static final String[] VARIANTS = {
        "sdk-http-okhttp", "sdk-http-jdk", "sdk-grpc-okhttp", "weir-http", "weir-grpc", "weir-http-small"
    };
    /** About as many bytes as the 512 spans of the SDK's batches. */
    private static final String SMALL = "160k";

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What the producer spent while it waited for room, which is no part of an export. */
    private static long waitingCpu;

    private static long waitingBytes;

    private ExportThroughput() {}

    /** See the class. */
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("one")) {
            one(arguments[1], arguments[2], Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
            System.exit(0);
        }
        System.out.printf(
                Locale.ROOT,
                "%-16s %-5s %8s %12s %12s %10s %12s %8s%n",
                "exporter",
                "gzip",
                "delay",
                "spans/s",
                "CPU ns/span",
                "B/span",
                "wire B/span",
                "threads");
        List<String> variants =
                arguments.length > 2 ? List.of(arguments).subList(2, arguments.length) : List.of(VARIANTS);
        for (String delay : arguments[1].split(",")) {
            for (String compression : new String[] {"none", "gzip"}) {
                for (String variant : variants) {
                    fork(ExportThroughput.class, "one", variant, compression, delay, arguments[0])
                            .inheritIO()
                            .start()
                            .waitFor();
                }
            }
        }
    }

    private static ProcessBuilder fork(Class<?> type, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms512m", "-Xmx512m"));
        // The output of a child is read; a logging framework on the class path would write to it.
        command.add("-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider");
        if (arguments.length > 1) {
            String sender = arguments[1].contains("jdk")
                    ? "io.opentelemetry.exporter.sender.jdk.internal.JdkHttpSenderProvider"
                    : "io.opentelemetry.exporter.sender.okhttp.internal.OkHttpHttpSenderProvider";
            command.add("-Dio.opentelemetry.sdk.common.export.HttpSenderProvider=" + sender);
            command.add("-Dio.opentelemetry.sdk.common.export.GrpcSenderProvider="
                    + "io.opentelemetry.exporter.sender.okhttp.internal.OkHttpGrpcSenderProvider");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), type.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static void one(String variant, String compression, int delayMillis, int seconds) throws Exception {
        int threadsBefore = Thread.activeCount();
        Process receiver = fork(ReceiverProcess.class, Integer.toString(delayMillis))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader from =
                new BufferedReader(new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8));
        String[] ports = from.readLine().split(" ");
        String port = variant.contains("grpc") ? ports[1] : ports[0];
        Exporting exporting = start(variant, compression, "http://127.0.0.1:" + port);
        ReadableSpan[] spans = SampleRecords.ended(1024);

        run(exporting, spans, Math.max(2, seconds / 2));
        wireBytes(receiver, from);
        OperatingSystemMXBean os = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long bytes = allocated();
        long cpu = os.getProcessCpuTime();
        waitingCpu = 0;
        waitingBytes = 0;
        long start = System.nanoTime();
        long delivered = run(exporting, spans, seconds);
        long nanos = System.nanoTime() - start;
        cpu = os.getProcessCpuTime() - cpu - waitingCpu;
        bytes = allocated() - bytes - waitingBytes;
        long wire = wireBytes(receiver, from);
        System.out.printf(
                Locale.ROOT,
                "%-16s %-5s %5d ms %,12.0f %,12.0f %,10.0f %,12.1f %8d%n",
                variant,
                compression.equals("gzip") ? "gzip" : "-",
                delayMillis,
                delivered * 1e9 / nanos,
                (double) cpu / delivered,
                (double) bytes / delivered,
                (double) wire / delivered,
                Thread.activeCount() - threadsBefore);
        receiver.destroy();
    }

    private static long wireBytes(Process receiver, BufferedReader from) throws IOException {
        receiver.getOutputStream().write('\n');
        receiver.getOutputStream().flush();
        return Long.parseLong(from.readLine());
    }

    private static long allocated() {
        long sum = 0;
        for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    /** Offers as fast as what is under way stays within the queue; returns what was delivered. */
    private static long run(Exporting exporting, ReadableSpan[] spans, int seconds) {
        long before = exporting.delivered.getAsLong();
        long produced = 0;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            if (!roomy(exporting, produced + before)) {
                awaitRoom(exporting, produced + before, end);
                continue;
            }
            for (int i = 0; i < 64; i++) {
                exporting.processor.onEnd(spans[(int) (produced++ & 1023)]);
            }
        }
        exporting.processor.forceFlush().join(20, TimeUnit.SECONDS);
        long delivered = exporting.delivered.getAsLong() - before;
        if (delivered != produced) {
            System.out.println("lost " + (produced - delivered) + " of " + produced);
        }
        return delivered;
    }

    private static boolean roomy(Exporting exporting, long produced) {
        return produced - exporting.delivered.getAsLong() + 64 <= exporting.window;
    }

    private static void awaitRoom(Exporting exporting, long produced, long end) {
        long self = Thread.currentThread().getId();
        long cpu = THREADS.getCurrentThreadCpuTime();
        long bytes = THREADS.getThreadAllocatedBytes(self);
        while (!roomy(exporting, produced) && System.nanoTime() < end) {
            LockSupport.parkNanos(50_000);
        }
        waitingCpu += THREADS.getCurrentThreadCpuTime() - cpu;
        waitingBytes += THREADS.getThreadAllocatedBytes(self) - bytes;
    }

    private record Exporting(SpanProcessor processor, LongSupplier delivered, int window) {}

    private static Exporting start(String variant, String compression, String endpoint) {
        if (variant.startsWith("weir")) {
            Settings.Builder settings = Settings.builder();
            if (variant.endsWith("small")) {
                settings.set("weir.otlp.batch.bytes", SMALL);
            }
            OtlpExport export = OtlpExport.builder()
                    .runtime(TelemetryRuntime.create(settings.build()))
                    .endpoint(endpoint)
                    .protocol(variant.contains("grpc") ? OtlpProtocol.GRPC : OtlpProtocol.HTTP_PROTOBUF)
                    .compression(compression.equals("gzip") ? Compression.GZIP : Compression.NONE)
                    .build();
            return new Exporting(
                    export.spanProcessor(),
                    () -> export.ledger().of(Signal.TRACES).snapshot().delivered(),
                    28_000);
        }
        SpanExporter exporter = variant.contains("grpc")
                ? OtlpGrpcSpanExporter.builder()
                        .setEndpoint(endpoint)
                        .setCompression(compression)
                        .build()
                : OtlpHttpSpanExporter.builder()
                        .setEndpoint(endpoint + "/v1/traces")
                        .setCompression(compression)
                        .setTimeout(Duration.ofSeconds(10))
                        .build();
        Counting counting = new Counting(exporter);
        return new Exporting(BatchSpanProcessor.builder(counting).build(), counting.delivered::get, 2_048);
    }

    private static final class Counting implements SpanExporter {

        final AtomicLong delivered = new AtomicLong();
        private final SpanExporter delegate;

        Counting(SpanExporter delegate) {
            this.delegate = delegate;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            int count = spans.size();
            CompletableResultCode result = delegate.export(spans);
            result.whenComplete(() -> {
                if (result.isSuccess()) {
                    delivered.addAndGet(count);
                }
            });
            return result;
        }

        @Override
        public CompletableResultCode flush() {
            return delegate.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return delegate.shutdown();
        }
    }
}

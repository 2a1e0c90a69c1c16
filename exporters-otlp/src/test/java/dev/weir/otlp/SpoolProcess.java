// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Spool;
import dev.weir.log.LogPipe;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * An application that makes spans and log records whose names are their numbers, with the spool of a log pipe, until it is
 * killed. After each flush it says how many it made, all of which are delivered or on disk by then.
 */
final class SpoolProcess implements AutoCloseable {

    private static final int ROUND = 20;

    private final Process process;
    private final BufferedReader out;

    private SpoolProcess(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts one, in a JVM of its own. */
    static SpoolProcess start(Path directory, String url, int from) throws IOException {
        return new SpoolProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SpoolProcess.class.getName(),
                        directory.toString(),
                        url,
                        Integer.toString(from))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Waits for the next flush; the number of records of each signal that are safe, or -1 when the process has ended. */
    int nextSafe() throws IOException {
        String line = out.readLine();
        return line == null ? -1 : Integer.parseInt(line);
    }

    /** {@code kill -9}; returns what it managed to say before. */
    int kill(int safe) throws Exception {
        // By its handle: the process itself would close the pipe that is read below.
        process.toHandle().destroyForcibly();
        int last = safe;
        for (String line; (line = out.readLine()) != null; ) {
            last = Integer.parseInt(line);
        }
        process.waitFor();
        return last;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The application. */
    public static void main(String[] arguments) {
        TelemetryRuntime runtime = TelemetryRuntime.create(settings());
        LogPipe pipe = LogPipe.builder(Path.of(arguments[0])).runtime(runtime).build();
        OtlpExport export = export(runtime, pipe.spool("otlp"), arguments[1], Durability.ALWAYS);
        Tracer tracer = SdkTracerProvider.builder()
                .addSpanProcessor(export.spanProcessor())
                .build()
                .get("test");
        Logger logger = SdkLoggerProvider.builder()
                .addLogRecordProcessor(export.logRecordProcessor())
                .build()
                .get("test");
        for (int made = Integer.parseInt(arguments[2]); ; ) {
            for (int i = 0; i < ROUND; i++, made++) {
                tracer.spanBuilder(Integer.toString(made)).startSpan().end();
                logger.logRecordBuilder().setBody(Integer.toString(made)).emit();
            }
            if (Boolean.TRUE.equals(export.flush(Duration.ofSeconds(20)).block())) {
                say(made);
            }
            if (export.ledger().of(Signal.TRACES).snapshot().droppedTotal() > 0) {
                throw new IllegalStateException("lost a span");
            }
        }
    }

    @SuppressWarnings("SystemOut")
    private static void say(int made) {
        System.out.println(made);
        System.out.flush();
    }

    static Settings settings() {
        return Settings.builder()
                .set("weir.otlp.linger", "10ms")
                .set("weir.otlp.concurrency.max", "1")
                .set("weir.otlp.memory.bytes", "64k")
                .set("weir.otlp.batch.bytes", "16k")
                .set("weir.log.min.free.bytes", "0")
                .build();
    }

    static OtlpExport export(TelemetryRuntime runtime, Spool spool, String url, Durability durability) {
        return OtlpExport.builder()
                .runtime(runtime)
                .spool(spool)
                .durability(durability)
                .endpoint(url)
                .protocol(OtlpProtocol.HTTP_PROTOBUF)
                .build();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.FileAppender;
import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import dev.weir.log.logback.LogbackCapture;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.wire.DocumentContext;
import org.apache.logging.log4j.core.async.AsyncLoggerContext;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;

/** The sinks by name. */
final class LogSinks {

    /** All of them, in the order of the reports. */
    static final String[] ALL = {
        "none",
        "weir-file",
        "weir-chronicle",
        "weir-logback",
        "log4j2-async",
        "logback-async",
        "otel-blrp",
        "chronicle-direct"
    };

    private LogSinks() {}

    static LogSink open(String name, Path directory) {
        return switch (name) {
            case "none" -> new None();
            case "weir-file" -> new Weir(directory, StoreKind.FILE);
            case "weir-chronicle" -> new Weir(directory, StoreKind.CHRONICLE);
            case "weir-logback" -> new WeirLogback(directory);
            case "log4j2-async" -> new Log4j2(directory);
            case "logback-async" -> new Logback(directory);
            case "otel-blrp" -> new Blrp();
            case "chronicle-direct" -> new Chronicle(directory);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static final class None implements LogSink {
        private volatile int length;

        @Override
        public void log(String message) {
            length = message.length();
        }

        @Override
        public void close() {}
    }

    private static LogPipe pipe(Path directory, StoreKind store) {
        LogPipe pipe = LogPipe.builder(directory).store(store).minFreeBytes(0).build();
        // Opening a queue for the first time in a JVM takes a second, and at this rate the ring holds a fifth of that.
        pipe.flush().block(Duration.ofSeconds(60));
        pipe.batches().subscribe(batch -> batch.ack());
        return pipe;
    }

    /** Encoding, ids, mapped ring, store with fsync every 50 ms, a subscriber that takes everything. */
    private static final class Weir implements LogSink {
        private final LogPipe pipe;

        Weir(Path directory, StoreKind store) {
            pipe = pipe(directory, store);
        }

        @Override
        public void log(String message) {
            pipe.offer(Severity.INFO, "bench", message);
        }

        @Override
        public long dropped() {
            return pipe.stats().dropped();
        }

        @Override
        public void close() {
            pipe.close();
        }
    }

    private static ch.qos.logback.classic.LoggerContext logback() {
        ch.qos.logback.classic.LoggerContext context = new ch.qos.logback.classic.LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        return context;
    }

    private static final class WeirLogback implements LogSink {
        private final LogPipe pipe;
        private final org.slf4j.Logger logger;

        WeirLogback(Path directory) {
            pipe = pipe(directory, StoreKind.FILE);
            ch.qos.logback.classic.LoggerContext context = logback();
            LogbackCapture.install(pipe, context);
            logger = context.getLogger("bench");
        }

        @Override
        public void log(String message) {
            logger.info(message);
        }

        @Override
        public long dropped() {
            return pipe.stats().dropped();
        }

        @Override
        public void close() {
            pipe.close();
        }
    }

    private static final class Logback implements LogSink {
        private final ch.qos.logback.classic.LoggerContext context = logback();
        private final org.slf4j.Logger logger;

        Logback(Path directory) {
            PatternLayoutEncoder encoder = new PatternLayoutEncoder();
            encoder.setContext(context);
            encoder.setPattern("%d{HH:mm:ss.SSS} [%thread] %-5level %logger - %msg%n");
            encoder.start();
            FileAppender<ILoggingEvent> file = new FileAppender<>();
            file.setContext(context);
            file.setFile(directory.resolve("logback.log").toString());
            file.setEncoder(encoder);
            file.setImmediateFlush(false);
            file.start();
            AsyncAppender async = new AsyncAppender();
            async.setContext(context);
            async.setQueueSize(8192);
            async.setDiscardingThreshold(0);
            async.addAppender(file);
            async.start();
            ch.qos.logback.classic.Logger bench = context.getLogger("bench");
            bench.addAppender(async);
            logger = bench;
        }

        @Override
        public void log(String message) {
            logger.info(message);
        }

        @Override
        public void close() {
            context.stop();
        }
    }

    private static final class Log4j2 implements LogSink {
        private final AsyncLoggerContext context = new AsyncLoggerContext("bench");
        private final org.apache.logging.log4j.Logger logger;

        Log4j2(Path directory) {
            ConfigurationBuilder<BuiltConfiguration> builder = ConfigurationBuilderFactory.newConfigurationBuilder();
            builder.add(builder.newAppender("file", "RandomAccessFile")
                    .addAttribute("fileName", directory.resolve("log4j2.log").toString())
                    .addAttribute("immediateFlush", false)
                    .add(builder.newLayout("PatternLayout")
                            .addAttribute("pattern", "%d{HH:mm:ss.SSS} [%t] %-5level %logger - %msg%n")));
            builder.add(
                    builder.newRootLogger(org.apache.logging.log4j.Level.INFO).add(builder.newAppenderRef("file")));
            context.start(builder.build());
            logger = context.getLogger("bench");
        }

        @Override
        public void log(String message) {
            logger.info(message);
        }

        @Override
        public void close() {
            context.stop();
        }
    }

    /** The default queue of 2,048 records before an exporter that takes everything and does nothing. */
    private static final class Blrp implements LogSink {
        private final SdkLoggerProvider provider = SdkLoggerProvider.builder()
                .addLogRecordProcessor(
                        BatchLogRecordProcessor.builder(new Nothing()).build())
                .build();
        private final Logger logger = provider.get("bench");

        @Override
        public void log(String message) {
            logger.logRecordBuilder()
                    .setSeverity(Severity.INFO)
                    .setSeverityText("INFO")
                    .setBody(message)
                    .emit();
        }

        @Override
        public void close() {
            provider.shutdown();
        }
    }

    private static final class Nothing implements LogRecordExporter {
        @Override
        public CompletableResultCode export(Collection<LogRecordData> records) {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    /** What not to do: the calling thread appends to the queue. Without ids and without encoding but the message's bytes. */
    private static final class Chronicle implements LogSink {
        private final ChronicleQueue queue;
        private final ThreadLocal<ExcerptAppender> appenders;

        Chronicle(Path directory) {
            queue = ChronicleQueue.singleBuilder(directory.toFile())
                    .blockSize(1 << 20)
                    .build();
            appenders = ThreadLocal.withInitial(queue::createAppender);
        }

        @Override
        public void log(String message) {
            try (DocumentContext document = appenders.get().writingDocument()) {
                document.wire().bytes().write8bit(message);
            }
        }

        @Override
        public void close() {
            queue.close();
        }
    }

    static String message() {
        return new String(new byte[256], StandardCharsets.US_ASCII).replace('\0', 'm');
    }
}

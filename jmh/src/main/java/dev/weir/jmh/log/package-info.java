/**
 * Log calls beside Log4j 2's asynchronous loggers, Logback's AsyncAppender, OpenTelemetry's batch processor and Chronicle Queue
 * itself: {@link dev.weir.jmh.log.LogCallBenchmark} flat out, {@link dev.weir.jmh.log.PacedLatency} at a fixed rate,
 * {@link dev.weir.jmh.log.Egress} from the store to requests. Chronicle needs the JVM's opens, see the log-pipe's README.
 */
@org.jspecify.annotations.NullMarked
package dev.weir.jmh.log;

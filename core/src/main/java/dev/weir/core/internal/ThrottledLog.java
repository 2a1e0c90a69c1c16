// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The voice of the telemetry: through {@link System.Logger}, one line a minute for each instance, saying how many were
 * suppressed. A cause is one line; its stack trace appears at {@code DEBUG} only. Secrets of URLs are taken out of both.
 * Thread-safe, lock-free, never throws.
 *
 * <p>All loggers are named {@code weir.*}; modules that capture logs leave those names out, so that telemetry never feeds
 * on itself.
 */
public final class ThrottledLog {

    /** The prefix of every logger of Weir. */
    public static final String NAME_PREFIX = "weir.";

    /** How long one instance is silent after a line. */
    public static final Duration INTERVAL = Duration.ofMinutes(1);

    private final Logger logger;
    private final LongSupplier nanoTime;
    private final AtomicLong nextNanos;
    private final AtomicLong suppressed = new AtomicLong();

    private ThrottledLog(Logger logger, LongSupplier nanoTime) {
        this.logger = logger;
        this.nanoTime = nanoTime;
        this.nextNanos = new AtomicLong(nanoTime.getAsLong());
    }

    /**
     * A log of its own, throttled apart from all others.
     *
     * @param name {@code weir.} and the module, for example {@code weir.otlp}
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public static ThrottledLog of(String name, LongSupplier nanoTime) {
        if (!name.startsWith(NAME_PREFIX)) {
            throw new IllegalArgumentException("name must start with \"" + NAME_PREFIX + "\", was \"" + name + '"');
        }
        return new ThrottledLog(System.getLogger(name), nanoTime);
    }

    /** For what a user should act on. */
    public void warn(String message) {
        log(Level.WARNING, message, null);
    }

    /** For what a user should act on; {@code cause} becomes part of the line. */
    public void warn(String message, @Nullable Throwable cause) {
        log(Level.WARNING, message, cause);
    }

    /** For what stops the telemetry. */
    public void error(String message, @Nullable Throwable cause) {
        log(Level.ERROR, message, cause);
    }

    /** For what a user may like to know; throttled like the rest. */
    public void info(String message) {
        log(Level.INFO, message, null);
    }

    private void log(Level level, String message, @Nullable Throwable cause) {
        try {
            long now = nanoTime.getAsLong();
            long next = nextNanos.get();
            if (now - next < 0 || !nextNanos.compareAndSet(next, now + INTERVAL.toNanos())) {
                suppressed.incrementAndGet();
                return;
            }
            long silent = suppressed.getAndSet(0);
            UrlRedactor redactor = UrlRedactor.standard();
            String line = redactor.text(message + (cause == null ? "" : " (" + cause + ")"))
                    + (silent == 0 ? "" : " [" + silent + " lines suppressed]");
            // A stack trace has the messages of all causes in it.
            if (cause != null && logger.isLoggable(Level.DEBUG) && RecordedException.isClean(cause, redactor::text)) {
                logger.log(level, line, cause);
            } else {
                logger.log(level, line);
            }
        } catch (Throwable ignored) {
            // A logging backend that fails must not fail the telemetry, and there is no other place for the line.
        }
    }
}

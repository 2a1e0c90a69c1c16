// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.LoggerContext;
import dev.weir.core.Registration;
import dev.weir.core.internal.logback.MdcFields;
import dev.weir.core.internal.logback.MdcOverlay;
import dev.weir.log.LogPipe;
import dev.weir.log.internal.capture.CaptureTurn;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Connects a running Logback with a pipe. Stateless.
 *
 * @since 0.1
 */
public final class LogbackCapture {

    private LogbackCapture() {}

    /**
     * Adds a {@link WeirAppender} to the root logger and to the loggers that do not pass their events on to it, and the
     * ids of the current span to what {@code %X} and {@code %mdc} show: {@code trace_id}, {@code span_id},
     * {@code trace_flags}. Each event is captured once. It stays when the context is configured anew, and follows a
     * change of additivity at once.
     *
     * <p>A context is captured by one at a time: where another does already, which need not be of this class loader,
     * this one says so in a line and begins when the other has ended.
     *
     * @param pipe gets the events; it stays open when the capture ends
     * @return undoes it; {@link Registration#NONE} when SLF4J is not bound to Logback
     */
    public static Registration install(LogPipe pipe) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        return factory instanceof LoggerContext context ? install(pipe, context) : Registration.NONE;
    }

    /**
     * Does the same as {@link #install(LogPipe)} for one context.
     *
     * @param pipe gets the events; it stays open when the capture ends
     * @param context of the loggers that are captured
     * @return undoes it
     */
    public static Registration install(LogPipe pipe, LoggerContext context) {
        Registration ids = MdcOverlay.install(context, MdcFields.IDS);
        ContextCapture capture = new ContextCapture(pipe, context);
        Registration turn = CaptureTurn.take(capture.queue(), capture::begin, "Logback");
        return () -> {
            capture.end();
            turn.close();
            ids.close();
        };
    }
}

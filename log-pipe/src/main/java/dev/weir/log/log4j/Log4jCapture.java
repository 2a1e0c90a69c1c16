// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.Registration;
import dev.weir.log.LogPipe;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * Connects a running Log4j 2 with a pipe. Stateless.
 *
 * @since 0.1
 */
public final class Log4jCapture {

    private Log4jCapture() {}

    /**
     * Adds a {@link WeirLog4jAppender} to the root logger and to the loggers that do not pass their events on to it,
     * and the ids of the current span to the context data of events ({@code %X{trace_id}}, {@code %X{span_id}},
     * {@code %X{trace_flags}}). Each event is captured once. It stays when Log4j is configured anew or a logger is
     * added, follows a change of additivity at once, and goes on in the context that comes after one that was stopped.
     *
     * <p>A context is captured by one at a time: where another does already, which need not be of this class loader,
     * this one says so in a line and begins when the other has ended.
     *
     * @param pipe gets the events; it stays open when the capture ends
     * @return undoes it; {@link Registration#NONE} when Log4j's API is not bound to Log4j's core
     */
    public static Registration install(LogPipe pipe) {
        return LogManager.getContext(false) instanceof LoggerContext context
                ? new FollowedContext(pipe, context)
                : Registration.NONE;
    }

    /**
     * Does the same as {@link #install(LogPipe)} for one context and none that comes after it.
     *
     * @param pipe gets the events; it stays open when the capture ends
     * @param context of the loggers that are captured
     * @return undoes it
     */
    public static Registration install(LogPipe pipe, LoggerContext context) {
        return ContextCapture.install(pipe, context, () -> {});
    }
}

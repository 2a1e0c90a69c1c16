// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import dev.weir.core.Registration;
import dev.weir.log.LogPipe;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** Connects a running Logback with a pipe. Stateless. */
public final class LogbackCapture {

    private LogbackCapture() {}

    /**
     * Adds a {@link WeirAppender} to the root logger, and the ids of the current span to what {@code %X} and
     * {@code %mdc} show: {@code trace_id}, {@code span_id}, {@code trace_flags}.
     *
     * @return undoes it; {@link Registration#NONE} when SLF4J is not bound to Logback
     */
    public static Registration install(LogPipe pipe) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        return factory instanceof LoggerContext context ? install(pipe, context) : Registration.NONE;
    }

    /** As {@link #install(LogPipe)}, for one context. */
    public static Registration install(LogPipe pipe, LoggerContext context) {
        WeirAppender appender = new WeirAppender();
        appender.setName(WeirAppender.NAME);
        appender.setContext(context);
        appender.setPipe(pipe);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        Registration mdc = SpanMdcAdapter.install(context);
        return () -> {
            root.detachAppender(appender);
            appender.stop();
            mdc.close();
        };
    }
}

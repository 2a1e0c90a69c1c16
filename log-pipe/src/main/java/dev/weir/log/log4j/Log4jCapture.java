// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.Registration;
import dev.weir.log.LogPipe;
import java.beans.PropertyChangeListener;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;

/** Connects a running Log4j 2 with a pipe. Stateless. */
public final class Log4jCapture {

    private Log4jCapture() {}

    /**
     * Adds a {@link WeirLog4jAppender} to the root logger, again after each reconfiguration, and the ids of the current span
     * to the context data of events ({@code %X{trace_id}}, {@code %X{span_id}}, {@code %X{trace_flags}}).
     *
     * @return undoes it; {@link Registration#NONE} when Log4j's API is not bound to Log4j's core
     */
    public static Registration install(LogPipe pipe) {
        return LogManager.getContext(false) instanceof LoggerContext context
                ? install(pipe, context)
                : Registration.NONE;
    }

    /** As {@link #install(LogPipe)}, for one context. */
    public static Registration install(LogPipe pipe, LoggerContext context) {
        WeirLog4jAppender appender = new WeirLog4jAppender(pipe);
        appender.start();
        attach(context, appender);
        PropertyChangeListener reconfigured = event -> {
            if (LoggerContext.PROPERTY_CONFIG.equals(event.getPropertyName()) && !isAttached(context, appender)) {
                attach(context, appender);
            }
        };
        context.addPropertyChangeListener(reconfigured);
        SpanContextData.retain();
        AtomicBoolean installed = new AtomicBoolean(true);
        return () -> {
            if (!installed.compareAndSet(true, false)) {
                return;
            }
            context.removePropertyChangeListener(reconfigured);
            Configuration configuration = context.getConfiguration();
            configuration.getRootLogger().removeAppender(appender.getName());
            configuration.getAppenders().remove(appender.getName());
            context.updateLoggers();
            appender.end();
            SpanContextData.release();
        };
    }

    private static boolean isAttached(LoggerContext context, WeirLog4jAppender appender) {
        return context.getConfiguration().getRootLogger().getAppenders().get(appender.getName()) == appender;
    }

    private static void attach(LoggerContext context, WeirLog4jAppender appender) {
        Configuration configuration = context.getConfiguration();
        configuration.addAppender(appender);
        configuration.getRootLogger().addAppender(appender, null, null);
        context.updateLoggers();
    }
}

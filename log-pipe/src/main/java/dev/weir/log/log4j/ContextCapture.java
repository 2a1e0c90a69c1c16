// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.Registration;
import dev.weir.log.LogPipe;
import dev.weir.log.internal.capture.CaptureTurn;
import java.beans.PropertyChangeEvent;
import java.beans.PropertyChangeListener;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;

/**
 * The capture of one context of Log4j. Log4j reports each new configuration and each change of one; then every
 * configured logger gets the appender, with a filter that knows whether the way of an event ends there. Thread-safe.
 */
final class ContextCapture implements PropertyChangeListener {

    private final LogPipe pipe;
    private final LoggerContext context;
    private final WeirLog4jAppender appender;
    private final Deque<Runnable> queue;
    private final Runnable whenStopped;
    private boolean capturing;
    private boolean ended;

    private ContextCapture(LogPipe pipe, LoggerContext context, Runnable whenStopped) {
        this.pipe = pipe;
        this.context = context;
        this.whenStopped = whenStopped;
        this.appender = new WeirLog4jAppender(pipe, this::isGivenByAnother);
        this.queue = CaptureTurn.queueOf(context, context::getObject, context::putObject);
        appender.start();
    }

    static Registration install(LogPipe pipe, LoggerContext context, Runnable whenStopped) {
        ContextCapture capture = new ContextCapture(pipe, context, whenStopped);
        SpanContextData.retain();
        Registration turn = CaptureTurn.take(capture.queue, capture::begin, "Log4j");
        AtomicBoolean installed = new AtomicBoolean(true);
        return () -> {
            if (installed.compareAndSet(true, false)) {
                capture.end();
                turn.close();
                SpanContextData.release();
            }
        };
    }

    private synchronized void begin() {
        if (!ended) {
            capturing = true;
            context.addPropertyChangeListener(this);
            attach();
        }
    }

    private synchronized void end() {
        ended = true;
        if (!capturing) {
            return;
        }
        capturing = false;
        context.removePropertyChangeListener(this);
        Configuration configuration = context.getConfiguration();
        detach(configuration.getRootLogger());
        configuration.getLoggers().values().forEach(this::detach);
        appender.end();
    }

    @Override
    public void propertyChange(PropertyChangeEvent event) {
        if (LoggerContext.PROPERTY_CONFIG.equals(event.getPropertyName())) {
            changed();
        }
    }

    private synchronized void changed() {
        if (capturing) {
            attach();
        }
    }

    /** The configuration of a context that was stopped is one that all such contexts share. */
    private void attach() {
        if (context.isStopping() || context.isStopped()) {
            whenStopped.run();
            return;
        }
        context.putObject(CaptureTurn.KEY, queue);
        Configuration configuration = context.getConfiguration();
        attach(configuration.getRootLogger());
        configuration.getLoggers().values().forEach(this::attach);
    }

    private void attach(LoggerConfig logger) {
        if (!isAttached(logger)) {
            logger.addAppender(appender, null, new EndOfWay(logger, appender));
        }
    }

    private void detach(LoggerConfig logger) {
        if (isAttached(logger)) {
            logger.removeAppender(appender.getName());
        }
    }

    private boolean isAttached(LoggerConfig logger) {
        return logger.getAppenders().get(appender.getName()) == appender;
    }

    /** Whether an appender that the application made itself gives {@code event} to the same pipe. */
    boolean isGivenByAnother(LogEvent event) {
        LoggerConfig passed = context.getConfiguration().getLoggerConfig(event.getLoggerName());
        while (passed != null) {
            for (Appender each : passed.getAppenders().values()) {
                if (each instanceof WeirLog4jAppender other && other != appender && other.feeds(pipe)) {
                    return true;
                }
            }
            passed = passed.isAdditive() ? passed.getParent() : null;
        }
        return false;
    }
}

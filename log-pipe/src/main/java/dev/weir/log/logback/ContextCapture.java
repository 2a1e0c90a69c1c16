// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggerContextListener;
import ch.qos.logback.core.Appender;
import dev.weir.log.LogPipe;
import dev.weir.log.internal.capture.CaptureTurn;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The capture of one context of Logback, which puts itself back. Thread-safe.
 *
 * <p>A reset takes appenders, turbo filters and objects off, then asks the listeners. {@code stop()} drops the
 * listeners, too, so a reset after it (Spring Boot does both) would go unseen; but a reset first stops the turbo
 * filters, and ours makes sure then that the listener is there. Where all appenders of a logger are taken off, ours is
 * stopped, and comes back with the next line.
 */
final class ContextCapture implements LoggerContextListener, CaptureEvents {

    private static final long REST_OF_RESET_NANOS = 2_000_000;

    private final LogPipe pipe;
    private final LoggerContext context;
    private final Logger root;
    private final Deque<Runnable> queue;
    private final WeirAppender appender;
    private final AdditivityWatch watch;

    /** Where events end: the root, and the loggers that were not additive when one of their events came. */
    private final Map<Logger, Appender<ILoggingEvent>> ends = new ConcurrentHashMap<>();

    private boolean capturing;
    private boolean ended;
    /** Between {@code stop} of the context and its next start or reset. */
    private boolean stopped;
    /** While the listeners may be asked: none may be taken out then. */
    private boolean resetting;

    private boolean asked;
    private long askedNanos;

    private volatile boolean lost;

    ContextCapture(LogPipe pipe, LoggerContext context) {
        this.pipe = pipe;
        this.context = context;
        this.root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        this.queue = CaptureTurn.queueOf(context, context::getObject, context::putObject);
        this.appender = new WeirAppender(this);
        appender.setName(WeirAppender.NAME);
        appender.setContext(context);
        appender.setPipe(pipe);
        this.watch = new AdditivityWatch(context, this);
    }

    Deque<Runnable> queue() {
        return queue;
    }

    synchronized void begin() {
        if (ended) {
            return;
        }
        capturing = true;
        listen();
        attach();
    }

    synchronized void end() {
        ended = true;
        if (!capturing) {
            return;
        }
        capturing = false;
        if (!resetting) {
            awaitEndOfReset();
            context.removeListener(this);
        }
        context.getTurboFilterList().remove(watch);
        detach();
        ends.clear();
    }

    /**
     * Logback's list of listeners breaks when it changes during an iteration, and a reset iterates for a moment after it is
     * reported.
     */
    private void awaitEndOfReset() {
        while (asked && System.nanoTime() - askedNanos < REST_OF_RESET_NANOS) {
            Thread.onSpinWait();
        }
    }

    private void listen() {
        if (!context.getCopyOfListenerList().contains(this)) {
            context.addListener(this);
        }
    }

    private void attach() {
        context.putObject(CaptureTurn.KEY, queue);
        if (!context.getTurboFilterList().contains(watch)) {
            context.addTurboFilter(watch);
        }
        ends.put(root, appender);
        for (Logger logger : context.getLoggerList()) {
            if (logger != root && !logger.isAdditive()) {
                ends.computeIfAbsent(logger, this::branch);
            }
        }
        lost = !reattach();
    }

    private Appender<ILoggingEvent> branch(Logger logger) {
        BranchAppender branch = new BranchAppender(logger, appender, this);
        branch.setName(WeirAppender.NAME);
        branch.setContext(context);
        return branch;
    }

    /** @return false when one is being taken off just now */
    private boolean reattach() {
        boolean all = true;
        for (Map.Entry<Logger, Appender<ILoggingEvent>> end : ends.entrySet()) {
            if (end.getKey().isAttached(end.getValue())) {
                all &= end.getValue().isStarted();
            } else {
                end.getValue().start();
                end.getKey().addAppender(end.getValue());
            }
        }
        return all;
    }

    private void detach() {
        ends.forEach((logger, attached) -> {
            logger.detachAppender(attached);
            attached.stop();
        });
    }

    /** An appender of ours was stopped; the caller removes it next. */
    @Override
    public void lost() {
        lost = true;
    }

    @Override
    public void restoreIfLost() {
        if (lost) {
            restore();
        }
    }

    private synchronized void restore() {
        if (capturing && !(stopped && !context.isStarted())) {
            stopped = false;
            listen();
            attach();
        }
    }

    /** Events of {@code logger} and those below it do not reach the root. */
    @Override
    public void cover(Logger logger) {
        if (!ends.containsKey(logger)) {
            coverNew(logger);
        }
    }

    private synchronized void coverNew(Logger logger) {
        if (capturing && !stopped && !ends.containsKey(logger)) {
            Appender<ILoggingEvent> branch = branch(logger);
            branch.start();
            logger.addAppender(branch);
            ends.put(logger, branch);
        }
    }

    @Override
    public synchronized void resetBegins() {
        if (capturing) {
            resetting = true;
            listen();
        }
    }

    /** Asked last of all in a reset. */
    @Override
    public synchronized boolean isResetResistant() {
        resetting = false;
        asked = true;
        askedNanos = System.nanoTime();
        return capturing;
    }

    @Override
    public synchronized void onReset(LoggerContext context) {
        if (capturing) {
            stopped = false;
            ends.clear();
            attach();
        }
    }

    @Override
    public synchronized void onStart(LoggerContext context) {
        if (capturing) {
            stopped = false;
            attach();
        }
    }

    /** A stopped context gets no more lines; the filter stays, to notice when logging begins again. */
    @Override
    public synchronized void onStop(LoggerContext context) {
        if (capturing) {
            stopped = true;
            detach();
        }
    }

    @Override
    public void onLevelChange(Logger logger, Level level) {
        // Levels decide what becomes an event; each event is captured.
    }

    /** Whether an appender that the application made itself gives {@code event} to the same pipe. */
    @Override
    public boolean isGivenByAnother(ILoggingEvent event) {
        Logger logger = context.exists(event.getLoggerName());
        if (logger == null) {
            return false;
        }
        for (Logger passed : Loggers.wayOf(context, logger)) {
            for (Iterator<Appender<ILoggingEvent>> i = passed.iteratorForAppenders(); i.hasNext(); ) {
                if (i.next() instanceof WeirAppender other && other != appender && other.feeds(pipe)) {
                    return true;
                }
            }
            if (!passed.isAdditive()) {
                return false;
            }
        }
        return false;
    }
}

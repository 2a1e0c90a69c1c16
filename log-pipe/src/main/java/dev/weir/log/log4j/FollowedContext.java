// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.Registration;
import dev.weir.log.LogPipe;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * The capture of Log4j's current context, whichever that is: once it is stopped, the next line of the application is
 * made in another, or in the same that was started again. Thread-safe.
 */
final class FollowedContext implements Registration {

    private final LogPipe pipe;
    private final Runnable follow = this::follow;
    private LoggerContext context;
    private Registration capture;
    private boolean closed;

    FollowedContext(LogPipe pipe, LoggerContext context) {
        this.pipe = pipe;
        this.context = context;
        SpanContextData.retain();
        this.capture = ContextCapture.install(pipe, context, this::stopped);
    }

    private void stopped() {
        SpanContextData.beforeNextEvent(follow);
    }

    private synchronized void follow() {
        if (closed) {
            return;
        }
        // To ask for a context that there is not would make one, as late as at the end of the JVM.
        if (!LogManager.getFactory().hasContext(FollowedContext.class.getName(), null, false)) {
            stopped();
        } else if (LogManager.getContext(false) instanceof LoggerContext now && now != context) {
            capture.close();
            context = now;
            capture = ContextCapture.install(pipe, now, this::stopped);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            SpanContextData.forget(follow);
            capture.close();
            SpanContextData.release();
        }
    }
}

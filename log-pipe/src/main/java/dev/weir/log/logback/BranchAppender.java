// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;

/** Gives the events of a logger that is not additive to the appender of the root, while it is not. Thread-safe. */
final class BranchAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    private final Logger logger;
    private final WeirAppender appender;
    private final CaptureEvents capture;

    BranchAppender(Logger logger, WeirAppender appender, CaptureEvents capture) {
        this.logger = logger;
        this.appender = appender;
        this.capture = capture;
    }

    @Override
    public void doAppend(ILoggingEvent event) {
        append(event);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (!logger.isAdditive()) {
            appender.doAppend(event);
        }
    }

    @Override
    public void stop() {
        super.stop();
        capture.lost();
    }
}

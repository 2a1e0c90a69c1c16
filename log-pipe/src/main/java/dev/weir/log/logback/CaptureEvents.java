// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;

/** What the appenders and the watch of a capture report to it and ask it. Thread-safe. */
interface CaptureEvents {

    /** An appender of the capture was stopped. */
    void lost();

    /** Attaches the appenders again that were stopped. */
    void restoreIfLost();

    /** Captures the events of a logger that is not additive. */
    void cover(Logger logger);

    /** The context is being reset. */
    void resetBegins();

    /** Whether an appender of the application gives this event to the same pipe. */
    boolean isGivenByAnother(ILoggingEvent event);
}

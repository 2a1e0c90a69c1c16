// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings Weir's own lines to the logging of the application. They are written through {@link System.Logger}, which the JDK gives
 * to java.util.logging, and that to the standard error output, where the application has not bound it elsewhere.
 *
 * <p>Only where SLF4J is bound to Logback or to Log4j: a binding to java.util.logging would bring a line
 * back to where it came from. What else listens to the loggers {@code weir.*} of java.util.logging still hears them. Thread-safe.
 */
final class OwnLines {

    /** Kept here, since java.util.logging itself keeps no logger alive. */
    private static final Logger ALL = Logger.getLogger("weir");

    private static final Handler HANDLER = new Forwarder();

    private OwnLines() {}

    /** Does it once, however often it is asked; never throws. */
    static synchronized void toTheApplication() {
        try {
            if (isForwarded() || !LogManager.getLogManager().getClass().getName().startsWith("java.util.logging.")) {
                return;
            }
            if (LogCapture.present("org.slf4j.LoggerFactory") && OfSlf4j.bound()) {
                ALL.addHandler(HANDLER);
                ALL.setUseParentHandlers(false);
            }
        } catch (RuntimeException | LinkageError e) {
            // The lines stay where they are.
        }
    }

    private static boolean isForwarded() {
        for (Handler handler : ALL.getHandlers()) {
            if (handler == HANDLER) {
                return true;
            }
        }
        return false;
    }

    private static final class Forwarder extends Handler {

        @Override
        public void publish(LogRecord line) {
            try {
                OfSlf4j.write(line);
            } catch (RuntimeException | LinkageError e) {
                // A logging backend that fails must not fail the telemetry.
            }
        }

        @Override
        public void flush() {}

        /** Called when java.util.logging is configured anew, which takes this away. */
        @Override
        public void close() {
            ALL.setUseParentHandlers(true);
        }
    }

    /** Loaded only where SLF4J is. */
    private static final class OfSlf4j {

        static boolean bound() {
            String factory = LoggerFactory.getILoggerFactory().getClass().getName();
            return factory.startsWith("ch.qos.logback.") || factory.startsWith("org.apache.logging.slf4j.");
        }

        static void write(LogRecord line) {
            org.slf4j.Logger log = LoggerFactory.getLogger(String.valueOf(line.getLoggerName()));
            int level = line.getLevel().intValue();
            if (level >= Level.SEVERE.intValue()) {
                log.error(line.getMessage(), line.getThrown());
            } else if (level >= Level.WARNING.intValue()) {
                log.warn(line.getMessage(), line.getThrown());
            } else if (level >= Level.INFO.intValue()) {
                log.info(line.getMessage(), line.getThrown());
            } else {
                log.debug(line.getMessage(), line.getThrown());
            }
        }
    }
}

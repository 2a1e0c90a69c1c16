// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Registration;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * <p>Only where SLF4J is bound to Logback or to Log4j: a binding to java.util.logging would bring a line back to where it came
 * from. What else listens to the loggers {@code weir.*} of java.util.logging still hears them. Thread-safe.
 */
final class OwnLines {

    private static final OwnLines LINES = new OwnLines();

    /** Kept here, since java.util.logging itself keeps no logger alive. */
    private final Logger all = Logger.getLogger("weir");

    private final Handler handler = new Forwarder(all);
    private int users;

    private OwnLines() {}

    /**
     * Brings them there from now on; never throws.
     *
     * @return ends it, once all that were given are closed: then nothing of Weir stays in the logging
     */
    static Registration toTheApplication() {
        AtomicBoolean left = new AtomicBoolean();
        LINES.enter();
        return () -> {
            if (left.compareAndSet(false, true)) {
                LINES.leave();
            }
        };
    }

    private synchronized void enter() {
        users++;
        try {
            if (isThere() || !LogManager.getLogManager().getClass().getName().startsWith("java.util.logging.")) {
                return;
            }
            if (LogCapture.present("org.slf4j.LoggerFactory") && OfSlf4j.bound()) {
                all.addHandler(handler);
                all.setUseParentHandlers(false);
            }
        } catch (Throwable e) {
            // The lines stay where they are.
        }
    }

    private synchronized void leave() {
        users--;
        if (users == 0 && isThere()) {
            all.removeHandler(handler);
            all.setUseParentHandlers(true);
        }
    }

    private boolean isThere() {
        for (Handler there : all.getHandlers()) {
            if (there == handler) {
                return true;
            }
        }
        return false;
    }

    private static final class Forwarder extends Handler {

        private final Logger all;

        Forwarder(Logger all) {
            this.all = all;
        }

        @Override
        public void publish(LogRecord line) {
            try {
                OfSlf4j.write(line);
            } catch (Throwable failure) {
                // A logging backend that fails must not fail the telemetry.
            }
        }

        @Override
        public void flush() {}

        /** Called when java.util.logging is configured anew, which takes this away. */
        @Override
        public void close() {
            all.setUseParentHandlers(true);
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

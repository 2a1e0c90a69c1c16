// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Registration;
import dev.weir.log.LogPipe;
import dev.weir.log.log4j.Log4jCapture;
import dev.weir.log.logback.LogbackCapture;

/**
 * The logging framework whose lines go into the pipe.
 *
 * @param framework its name, for people
 * @param registration takes the capture away again
 */
record LogCapture(String framework, Registration registration) implements AutoCloseable {

    static final LogCapture NONE = new LogCapture("none", Registration.NONE);

    /** Adds an appender to the framework that runs: Logback where SLF4J is bound to it, else Log4j2 where it is present. */
    static LogCapture install(LogPipe pipe) {
        if (present("ch.qos.logback.classic.LoggerContext") && OfLogback.bound()) {
            return new LogCapture("logback", OfLogback.install(pipe));
        }
        if (present("org.apache.logging.log4j.core.LoggerContext") && OfLog4j.bound()) {
            return new LogCapture("log4j2", OfLog4j.install(pipe));
        }
        return NONE;
    }

    private static boolean present(String type) {
        try {
            Class.forName(type, false, LogCapture.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    @Override
    public void close() {
        registration.close();
    }

    /** Loaded only where Logback is. */
    private static final class OfLogback {

        static boolean bound() {
            return org.slf4j.LoggerFactory.getILoggerFactory() instanceof ch.qos.logback.classic.LoggerContext;
        }

        static Registration install(LogPipe pipe) {
            return LogbackCapture.install(pipe);
        }
    }

    /** Loaded only where Log4j 2 is. */
    private static final class OfLog4j {

        static boolean bound() {
            return org.apache.logging.log4j.LogManager.getContext(false)
                    instanceof org.apache.logging.log4j.core.LoggerContext;
        }

        static Registration install(LogPipe pipe) {
            return Log4jCapture.install(pipe);
        }
    }
}

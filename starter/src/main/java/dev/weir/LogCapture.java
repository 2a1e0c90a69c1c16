// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Registration;
import dev.weir.log.LogPipe;
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
}

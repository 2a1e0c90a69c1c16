// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import ch.qos.logback.classic.LoggerContext;
import dev.weir.context.logback.LogbackTraceFields;
import dev.weir.core.Registration;
import dev.weir.core.internal.Classes;
import dev.weir.log.LogPipe;
import dev.weir.log.log4j.Log4jCapture;
import dev.weir.log.logback.LogbackCapture;
import org.apache.logging.log4j.LogManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What Weir added to the logging framework of the application.
 *
 * @param framework where captured lines come from, for messages
 * @param registration takes what was added away again
 */
record LogCapture(String framework, Registration registration) implements AutoCloseable {

    private static final String NOWHERE = "none";

    /**
     * Adds to the framework that runs, Logback where SLF4J is bound to it, else Log4j2 where it is present: an appender into
     * {@code pipe}, unless that is null, and with {@code fields} those of the current trace to what patterns show. Log4j finds
     * its fields by itself.
     */
    static LogCapture install(@Nullable LogPipe pipe, boolean fields) {
        if (present("ch.qos.logback.classic.LoggerContext") && OfLogback.bound()) {
            Registration shown = fields ? OfLogback.fields() : Registration.NONE;
            if (pipe == null) {
                return new LogCapture(NOWHERE, shown);
            }
            Registration captured = OfLogback.capture(pipe);
            return new LogCapture("logback", () -> {
                captured.close();
                shown.close();
            });
        }
        if (pipe != null && present("org.apache.logging.log4j.core.LoggerContext") && OfLog4j.bound()) {
            return new LogCapture("log4j2", OfLog4j.capture(pipe));
        }
        return new LogCapture(NOWHERE, Registration.NONE);
    }

    static boolean present(String type) {
        return Classes.isPresent(type, LogCapture.class);
    }

    @Override
    public void close() {
        registration.close();
    }

    /** Loaded only where Logback is. */
    private static final class OfLogback {

        static boolean bound() {
            return LoggerFactory.getILoggerFactory() instanceof LoggerContext;
        }

        static Registration fields() {
            return LogbackTraceFields.install((LoggerContext) LoggerFactory.getILoggerFactory());
        }

        static Registration capture(LogPipe pipe) {
            return LogbackCapture.install(pipe);
        }
    }

    /** Loaded only where Log4j 2 is. */
    private static final class OfLog4j {

        static boolean bound() {
            return LogManager.getContext(false) instanceof org.apache.logging.log4j.core.LoggerContext;
        }

        static Registration capture(LogPipe pipe) {
            return Log4jCapture.install(pipe);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.logback;

import ch.qos.logback.classic.LoggerContext;
import dev.weir.context.log.LogFields;
import dev.weir.core.Registration;
import dev.weir.core.internal.logback.MdcFields;
import dev.weir.core.internal.logback.MdcOverlay;

/**
 * Puts the fields of the current trace ({@link LogFields}) into the MDC of each event of a Logback context: {@code
 * %X{trace_id}} and structured encoders show them, asynchronous appenders too, because an event takes its MDC on the thread
 * that logs. The application's own MDC stays as it is, and a {@code trace_id} that it holds wins over that of the span; {@code
 * MDC.get("trace_id")} in code is not answered. Thread-safe.
 *
 * @since 0.1
 */
public final class LogbackTraceFields {

    private static final MdcFields FIELDS = LogFields::over;

    private LogbackTraceFields() {}

    /**
     * Starts it for {@code context} until the registration is closed; of several, until the last is.
     *
     * @param context in most applications {@code (LoggerContext) LoggerFactory.getILoggerFactory()}
     * @return {@link Registration#NONE} when the context has no MDC
     */
    public static Registration install(LoggerContext context) {
        return MdcOverlay.install(context, FIELDS);
    }
}

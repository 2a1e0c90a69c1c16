// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.logback;

import ch.qos.logback.classic.LoggerContext;
import dev.weir.context.log.LogFields;
import dev.weir.core.Registration;
import org.slf4j.spi.MDCAdapter;

/**
 * Puts the fields of the current trace ({@link LogFields}) into the MDC of each event of a Logback context: {@code
 * %X{trace_id}} and structured encoders see them, asynchronous appenders too, because an event takes its MDC on the thread
 * that logs. The application's own MDC stays as it is; {@code MDC.get("trace_id")} in code is not answered.
 */
public final class LogbackTraceFields {

    private LogbackTraceFields() {}

    /** Starts it for {@code context} until the registration is closed. Installing twice changes nothing. */
    public static Registration install(LoggerContext context) {
        MDCAdapter before = context.getMDCAdapter();
        if (before == null || before instanceof TraceMdcAdapter) {
            return Registration.NONE;
        }
        TraceMdcAdapter adapter = new TraceMdcAdapter(before);
        context.setMDCAdapter(adapter);
        return () -> {
            if (context.getMDCAdapter() == adapter) {
                context.setMDCAdapter(before);
            }
        };
    }
}

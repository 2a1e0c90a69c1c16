// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.OwnWork;
import dev.weir.core.ThrottledLog;
import org.jspecify.annotations.Nullable;

/**
 * Decides for every adapter of a logging framework what is not the application's: what Weir and its store say, by the name of the
 * logger, and whatever is said while the thread works on Weir's own connections ({@link OwnWork}), by any logger. Neither is a
 * record, so nobody counts it as produced or dropped; the application's other appenders get it as ever.
 *
 * <p>To be asked on the thread that logs. Behind an asynchronous appender only the names are known. Stateless.
 */
public final class OwnLoggers {

    private static final String CHRONICLE = "net.openhft.";

    private OwnLoggers() {}

    /** Whether a line of {@code logger}, written on this thread now, stays out of the pipe. */
    public static boolean leavesOut(@Nullable String logger) {
        return OwnWork.isRunning()
                || logger == null
                || logger.startsWith(ThrottledLog.NAME_PREFIX)
                || logger.startsWith(CHRONICLE);
    }
}

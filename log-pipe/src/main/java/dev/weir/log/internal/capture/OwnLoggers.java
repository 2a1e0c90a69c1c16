// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.capture;

import dev.weir.core.internal.OwnWork;
import dev.weir.core.internal.ThrottledLog;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides for every adapter of a logging framework which lines are not the application's: lines of Weir and its store,
 * by the name of the logger, and each line that is written while the thread works on Weir's own connections
 * ({@link OwnWork}), by any logger. Neither is a record, so it is counted neither as produced nor as dropped; the
 * application's other appenders get it as before.
 *
 * <p>To be asked on the thread that logs. Behind an asynchronous appender only the names are known. Stateless.
 *
 * @since 0.1
 */
public final class OwnLoggers {

    private static final String CHRONICLE = "net.openhft.";

    /**
     * What follows the prefix in the name of a logger of a room; any other {@code weir.*} is a logger of the
     * application.
     */
    private static final Set<String> ROOMS =
            Set.of("context", "core", "http", "log", "metrics", "otlp", "sampler", "settings", "start");

    private OwnLoggers() {}

    /**
     * Decides whether a line that this thread writes now stays out of the pipe.
     *
     * @param logger name of the logger of the line; a line without a logger, null, stays out
     * @return true when the line is not the application's
     */
    public static boolean leavesOut(@Nullable String logger) {
        return OwnWork.isRunning() || logger == null || isOurs(logger) || logger.startsWith(CHRONICLE);
    }

    private static boolean isOurs(String logger) {
        if (!logger.startsWith(ThrottledLog.NAME_PREFIX)) {
            return false;
        }
        int begin = ThrottledLog.NAME_PREFIX.length();
        int end = logger.indexOf('.', begin);
        return ROOMS.contains(logger.substring(begin, end < 0 ? logger.length() : end));
    }
}

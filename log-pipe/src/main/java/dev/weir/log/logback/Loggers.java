// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.ArrayList;
import java.util.List;

/** The way of an event from the logger that made it to the root. Logback does not show it. Stateless. */
final class Loggers {

    private Loggers() {}

    /** {@code logger} and those above it, the root last. */
    static Logger[] wayOf(LoggerContext context, Logger logger) {
        List<Logger> way = new ArrayList<>();
        String name = logger.getName();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        if (logger != root) {
            way.add(logger);
            for (int i = name.length() - 1; i >= 0; i--) {
                Logger above = isSeparator(name.charAt(i)) ? context.exists(name.substring(0, i)) : null;
                if (above != null) {
                    way.add(above);
                }
            }
        }
        way.add(root);
        return way.toArray(new Logger[0]);
    }

    private static boolean isSeparator(char c) {
        return c == '.' || c == '$';
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logback without a configuration writes everything down to DEBUG: ten lines for each request, which would be most of what is measured,
 * and which Weir would carry.
 */
final class Quiet {

    private Quiet() {}

    static void logs() {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.filter.AbstractFilter;

/**
 * Captures the events that go no further than one logger, so that each is captured once. As a filter, because Log4j
 * does not call an appender for a line that is logged while the appender reads another; a filter it asks before that.
 * Thread-safe.
 */
final class EndOfWay extends AbstractFilter {

    private final LoggerConfig logger;
    private final WeirLog4jAppender appender;

    EndOfWay(LoggerConfig logger, WeirLog4jAppender appender) {
        this.logger = logger;
        this.appender = appender;
    }

    /** The appender has nothing more to do. */
    @Override
    public Result filter(LogEvent event) {
        if (!logger.isAdditive() || logger.getParent() == null) {
            appender.append(event);
        }
        return Result.DENY;
    }
}

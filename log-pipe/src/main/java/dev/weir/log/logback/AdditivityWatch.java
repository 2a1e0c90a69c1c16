// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.LoggingEvent;

/**
 * Is called with each line before its event is made, to find the logger at which the event will end. Decides nothing. Logback does not report when
 * the additivity of a logger changes, when a logger is made, or when all appenders are removed.
 */
final class AdditivityWatch extends TurboFilter {

    private final LoggerContext loggers;
    private final ContextCapture capture;

    /** Of loggers that have logged: Logback keeps each for ever, and so its way to the root stays as it is. */
    private final Map<Logger, Logger[]> ways = new ConcurrentHashMap<>();

    AdditivityWatch(LoggerContext context, ContextCapture capture) {
        this.loggers = context;
        this.capture = capture;
        setContext(context);
        setName(WeirAppender.NAME);
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            @Nullable Object @Nullable [] params,
            @Nullable Throwable thrown) {
        if (level.levelInt >= logger.getEffectiveLevel().levelInt) {
            look(logger);
        }
        return FilterReply.NEUTRAL;
    }

    @Override
    public FilterReply decide(Logger logger, LoggingEvent event) {
        look(logger);
        return FilterReply.NEUTRAL;
    }

    private void look(Logger logger) {
        capture.restoreIfLost();
        Logger[] way = ways.get(logger);
        if (way == null) {
            way = Loggers.wayOf(loggers, logger);
            ways.put(logger, way);
        }
        for (int i = 0; i < way.length - 1; i++) {
            if (!way[i].isAdditive()) {
                capture.cover(way[i]);
                return;
            }
        }
    }

    /** The context is reset: a moment later it calls its listeners. */
    @Override
    public void stop() {
        super.stop();
        capture.resetBegins();
    }
}

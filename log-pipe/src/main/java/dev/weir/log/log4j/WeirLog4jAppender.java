// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.log.LogPipe;
import dev.weir.log.OwnLoggers;
import dev.weir.log.PendingRecord;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Marker;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.time.Instant;
import org.apache.logging.log4j.message.MapMessage;
import org.apache.logging.log4j.message.Message;
import org.apache.logging.log4j.util.ReadOnlyStringMap;
import org.apache.logging.log4j.util.StringBuilderFormattable;
import org.jspecify.annotations.Nullable;

/**
 * A Log4j 2 appender that encodes the event and puts it into the pipe; it never waits. Works with synchronous loggers and, as
 * the ids are in the event, behind asynchronous ones.
 *
 * <p>What {@link OwnLoggers} names is left out, behind asynchronous loggers, too. Thread-safe.
 */
public final class WeirLog4jAppender extends AbstractAppender {

    /** The name under which it is installed. */
    public static final String NAME = "WEIR";

    private static final int KEPT_CHARS = 16 << 10;
    private static final ThreadLocal<@Nullable StringBuilder> TEXT = new ThreadLocal<>();

    private final LogPipe pipe;
    private final List<String> mdcKeys;
    private final boolean allMdcKeys;

    public WeirLog4jAppender(LogPipe pipe) {
        super(NAME, null, null, true, Property.EMPTY_ARRAY);
        this.pipe = pipe;
        this.mdcKeys = pipe.mdcKeys();
        this.allMdcKeys = mdcKeys.contains("*");
    }

    /** A configuration that is replaced stops its appenders; this one moves on to the next configuration. */
    @Override
    public boolean stop(long timeout, TimeUnit unit) {
        return true;
    }

    /** Ends the capture. */
    void end() {
        super.stop(0, TimeUnit.MILLISECONDS);
    }

    @Override
    public void append(LogEvent event) {
        String logger = event.getLoggerName();
        if (logger == null || OwnLoggers.leavesOut(logger) || SpanContextData.isOwnWork(event.getContextData())) {
            return;
        }
        // Formatting runs code of the application, which may log itself: it comes first, with a text of its own.
        Message message = event.getMessage();
        StringBuilder text = null;
        CharSequence body;
        try {
            if (message instanceof StringBuilderFormattable formattable) {
                text = TEXT.get();
                TEXT.remove();
                if (text == null) {
                    text = new StringBuilder(256);
                }
                text.setLength(0);
                formattable.formatTo(text);
                body = text;
            } else {
                body = message.getFormattedMessage();
            }
        } catch (Throwable userCode) {
            body = "[FAILED " + userCode.getClass().getName() + "]";
        }
        offer(event, logger, message, body);
        if (text != null && text.capacity() <= KEPT_CHARS) {
            TEXT.set(text);
        }
    }

    private void offer(LogEvent event, String logger, Message message, @Nullable CharSequence body) {
        Instant instant = event.getInstant();
        long nanos = instant.getEpochMillisecond() * 1_000_000L + instant.getNanoOfMillisecond();
        Level level = event.getLevel();
        try (PendingRecord record = pipe.begin(nanos, severity(level), level.name(), logger)) {
            fill(record, event, message, body);
            record.offer();
        }
    }

    /** An event may have code of the application anywhere; what it throws costs the rest of the attributes. */
    private void fill(PendingRecord record, LogEvent event, Message message, @Nullable CharSequence body) {
        try {
            record.body(body);
            ReadOnlyStringMap context = event.getContextData();
            ids(record, context);
            attributes(record, event, message, context);
        } catch (Throwable userCode) {
            record.droppedAttributes(1);
        }
    }

    private static void ids(PendingRecord record, ReadOnlyStringMap context) {
        String traceId = context.isEmpty() ? null : context.getValue(SpanContextData.TRACE_ID);
        if (traceId == null) {
            record.currentIds();
            return;
        }
        String flags = context.getValue(SpanContextData.TRACE_FLAGS);
        record.hexIds(
                traceId,
                context.<String>getValue(SpanContextData.SPAN_ID),
                flags != null && flags.endsWith("1") ? 1 : 0);
    }

    private static int severity(Level level) {
        int value = level.intLevel();
        if (value <= Level.FATAL.intLevel()) {
            return 21;
        }
        if (value <= Level.ERROR.intLevel()) {
            return 17;
        }
        if (value <= Level.WARN.intLevel()) {
            return 13;
        }
        if (value <= Level.INFO.intLevel()) {
            return 9;
        }
        return value <= Level.DEBUG.intLevel() ? 5 : 1;
    }

    private void attributes(PendingRecord record, LogEvent event, Message message, ReadOnlyStringMap context) {
        if (message instanceof MapMessage<?, ?> map) {
            map.forEach((String key, Object value) -> record.attribute(key, value));
        }
        if (allMdcKeys) {
            context.forEach((String key, Object value) -> {
                if (!isId(key)) {
                    record.attributeIfAbsent(key, value);
                }
            });
        } else {
            for (int i = 0; i < mdcKeys.size(); i++) {
                String key = mdcKeys.get(i);
                record.attributeIfAbsent(key, context.<Object>getValue(key));
            }
        }
        Marker marker = event.getMarker();
        if (marker != null) {
            record.attribute("log4j.marker", (CharSequence) marker.getName());
        }
        Throwable thrown = event.getThrown();
        if (thrown != null) {
            record.exception(thrown);
        }
        record.attributeIfAbsent("thread.name", event.getThreadName());
    }

    private static boolean isId(String key) {
        return key.equals(SpanContextData.TRACE_ID)
                || key.equals(SpanContextData.SPAN_ID)
                || key.equals(SpanContextData.TRACE_FLAGS);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.log.LogPipe;
import dev.weir.log.PendingRecord;
import dev.weir.log.internal.capture.Nesting;
import dev.weir.log.internal.capture.OwnLoggers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.time.Instant;
import org.apache.logging.log4j.message.Message;
import org.apache.logging.log4j.message.ReusableMessage;
import org.apache.logging.log4j.util.ReadOnlyStringMap;
import org.apache.logging.log4j.util.StringBuilderFormattable;
import org.jspecify.annotations.Nullable;

/**
 * A Log4j 2 appender that encodes the event and puts it into the pipe; it never waits. Works with synchronous loggers
 * and, as the ids are in the event, behind asynchronous ones.
 *
 * <p>What {@link OwnLoggers} names is left out, behind asynchronous loggers, too. Beside {@link Log4jCapture} an event
 * that comes to both is captured once. Thread-safe.
 *
 * @since 0.1
 */
public final class WeirLog4jAppender extends AbstractAppender {

    /** The name under which it is installed. */
    public static final String NAME = "WEIR";

    private static final int KEPT_CHARS = 16 << 10;
    private static final ThreadLocal<@Nullable StringBuilder> TEXT = new ThreadLocal<>();

    /** How many the application made: only beside those the way of an event has to be looked at. */
    private static final AtomicInteger OF_THE_APPLICATION = new AtomicInteger();

    private final LogPipe pipe;
    /** Whether an appender of the application gives an event to the same pipe; null for such an appender. */
    private final @Nullable Predicate<LogEvent> givenByAnother;

    private final List<String> mdcKeys;
    private final boolean allMdcKeys;

    /**
     * Makes an appender of the application, which attaches it to loggers.
     *
     * @param pipe gets the events; the appender does not close it
     */
    public WeirLog4jAppender(LogPipe pipe) {
        this(pipe, null);
        OF_THE_APPLICATION.incrementAndGet();
    }

    WeirLog4jAppender(LogPipe pipe, @Nullable Predicate<LogEvent> givenByAnother) {
        super(NAME, null, null, true, Property.EMPTY_ARRAY);
        this.pipe = pipe;
        this.givenByAnother = givenByAnother;
        this.mdcKeys = pipe.mdcKeys();
        this.allMdcKeys = mdcKeys.contains("*");
    }

    boolean feeds(LogPipe other) {
        return isStarted() && pipe == other;
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
        try {
            capture(event);
        } catch (Throwable failure) {
            error("an event was not captured", event, failure);
        }
    }

    private void capture(LogEvent event) {
        String logger = event.getLoggerName();
        if (logger == null
                || OwnLoggers.leavesOut(logger)
                || SpanContextData.isOwnWork(event.getContextData())
                || isGivenByAnother(event)) {
            return;
        }
        // Code of the application, which may log itself, comes before the record: a thread fills one at a time.
        Message message = event.getMessage();
        boolean foreign = hasForeignContext(event.getContextData());
        boolean hasCode = foreign || hasCode(event, message);
        boolean read = !hasCode || Nesting.enter();
        StringBuilder text = null;
        CharSequence body;
        EventTexts texts;
        try {
            if (!read) {
                body = pattern(message);
            } else if (message instanceof StringBuilderFormattable formattable) {
                text = text();
                body = format(formattable, text);
            } else {
                body = formatted(message);
            }
            texts = hasCode ? EventTexts.of(pipe, event, foreign ? mdcKeys : List.of(), read) : null;
        } finally {
            if (hasCode && read) {
                Nesting.leave();
            }
        }
        offer(event, logger, body, texts, foreign);
        if (text != null && text.capacity() <= KEPT_CHARS) {
            TEXT.set(text);
        }
    }

    private boolean isGivenByAnother(LogEvent event) {
        return givenByAnother != null && OF_THE_APPLICATION.get() > 0 && givenByAnother.test(event);
    }

    /** A reusable message is in the event as text. */
    private static boolean hasCode(LogEvent event, Message message) {
        return !(message instanceof ReusableMessage) || event.getThrown() != null || event.getMarker() != null;
    }

    /** Whether the context has values, of those that are wanted, that are not simply texts. */
    private boolean hasForeignContext(ReadOnlyStringMap context) {
        for (int i = 0; i < mdcKeys.size(); i++) {
            Object value = context.getValue(mdcKeys.get(i));
            if (value != null && !(value instanceof String)) {
                return true;
            }
        }
        return allMdcKeys && !context.isEmpty();
    }

    private static StringBuilder text() {
        StringBuilder text = TEXT.get();
        TEXT.remove();
        if (text == null) {
            text = new StringBuilder(256);
        }
        text.setLength(0);
        return text;
    }

    private static CharSequence format(StringBuilderFormattable message, StringBuilder text) {
        try {
            message.formatTo(text);
            return text;
        } catch (Throwable userCode) {
            return failed(userCode);
        }
    }

    private static @Nullable CharSequence formatted(Message message) {
        try {
            return message.getFormattedMessage();
        } catch (Throwable userCode) {
            return failed(userCode);
        }
    }

    @SuppressWarnings("deprecation") // what else a message has is made by code of the application
    private static @Nullable String pattern(Message message) {
        return message.getFormat();
    }

    private static CharSequence failed(Throwable userCode) {
        return "[FAILED " + userCode.getClass().getName() + "]";
    }

    private void offer(
            LogEvent event,
            String logger,
            @Nullable CharSequence body,
            @Nullable EventTexts texts,
            boolean foreignContext) {
        Instant instant = event.getInstant();
        long nanos = instant.getEpochMillisecond() * 1_000_000L + instant.getNanoOfMillisecond();
        Level level = event.getLevel();
        ReadOnlyStringMap context = event.getContextData();
        try (PendingRecord record = pipe.begin(nanos, severity(level), level.name(), logger)) {
            if (!record.currentIds() && !context.isEmpty()) {
                SpanContextData.putIds(context, record);
            }
            record.body(body);
            if (!foreignContext) {
                plainContext(record, context);
            }
            if (texts != null) {
                texts.addTo(record);
            }
            record.threadName(event.getThreadName());
            record.offer();
        }
    }

    private void plainContext(PendingRecord record, ReadOnlyStringMap context) {
        for (int i = 0; i < mdcKeys.size(); i++) {
            String key = mdcKeys.get(i);
            record.attributeIfAbsent(key, context.<Object>getValue(key));
        }
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
}

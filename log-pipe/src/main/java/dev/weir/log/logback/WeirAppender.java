// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.FilterReply;
import dev.weir.core.internal.CurrentSpan;
import dev.weir.core.internal.IdFields;
import dev.weir.log.LogPipe;
import dev.weir.log.PendingRecord;
import dev.weir.log.internal.capture.Nesting;
import dev.weir.log.internal.capture.OwnLoggers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A Logback appender that encodes the event on the thread that logs and puts it into the pipe; it never waits. Attach
 * it to loggers directly: behind an {@code AsyncAppender} it runs on another thread, where no span is current. Beside
 * {@link LogbackCapture} an event that comes to both is captured once.
 *
 * <p>What {@link OwnLoggers} names is left out. Thread-safe.
 *
 * @since 0.1
 */
public final class WeirAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    /** The name under which it is installed. */
    public static final String NAME = "WEIR";

    private static final String ASYNC_THREAD = "AsyncAppender-Worker-";

    /** How many run that the application made: only beside those the way of an event has to be looked at. */
    private static final AtomicInteger OF_THE_APPLICATION = new AtomicInteger();

    private final @Nullable CaptureEvents capture;
    private @Nullable LogPipe pipe;
    private boolean allMdcKeys;
    private List<String> mdcKeys = List.of();
    private volatile boolean warnedOfAsync;
    private volatile boolean warnedOfFailure;

    /** Makes an appender of the application, which gives it a pipe, attaches and stops it. */
    public WeirAppender() {
        this.capture = null;
    }

    WeirAppender(CaptureEvents capture) {
        this.capture = capture;
    }

    /**
     * Sets where events go. Call it before {@link #start}.
     *
     * @param pipe gets the events; the appender does not close it
     */
    public void setPipe(LogPipe pipe) {
        this.pipe = pipe;
        this.mdcKeys = pipe.mdcKeys();
        this.allMdcKeys = mdcKeys.contains("*");
    }

    @Override
    public void start() {
        if (pipe == null) {
            addWarn("no pipe was set; events are not captured");
            return;
        }
        if (capture == null && !isStarted()) {
            OF_THE_APPLICATION.incrementAndGet();
        }
        super.start();
    }

    @Override
    public void stop() {
        boolean ran = isStarted();
        super.stop();
        if (capture != null) {
            capture.lost();
        } else if (ran) {
            OF_THE_APPLICATION.decrementAndGet();
        }
    }

    boolean feeds(LogPipe other) {
        return isStarted() && pipe == other;
    }

    /**
     * Without the base class's guard, which some versions have: a line that is logged while this one is read is
     * captured, too.
     */
    @Override
    public void doAppend(ILoggingEvent event) {
        try {
            if (isStarted() && getFilterChainDecision(event) != FilterReply.DENY) {
                append(event);
            }
        } catch (Throwable failure) {
            failed(failure);
        }
    }

    private void failed(Throwable failure) {
        if (!warnedOfFailure) {
            warnedOfFailure = true;
            addError("an event was not captured", failure);
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        LogPipe to = pipe;
        String logger = event.getLoggerName();
        if (to == null || OwnLoggers.leavesOut(logger) || isGivenByAnother(event)) {
            return;
        }
        if (!warnedOfAsync && Thread.currentThread().getName().startsWith(ASYNC_THREAD)) {
            warnedOfAsync = true;
            addWarn("attached behind an AsyncAppender: the ids of spans are lost; attach it to loggers directly");
        }
        // Code of the application, which may log itself, comes before the record: a thread fills one at a time.
        boolean hasCode = EventTexts.hasCode(event);
        boolean read = !hasCode || Nesting.enter();
        String message;
        EventTexts texts;
        try {
            message = read ? message(event) : event.getMessage();
            texts = hasCode ? EventTexts.of(to, event, read) : null;
        } finally {
            if (hasCode && read) {
                Nesting.leave();
            }
        }
        offer(to, event, logger, message, texts);
    }

    private void offer(
            LogPipe to, ILoggingEvent event, String logger, @Nullable String message, @Nullable EventTexts texts) {
        CurrentSpan span = currentSpan();
        Map<String, String> mdc = span != null && mdcKeys.isEmpty() ? Map.of() : mdc(event);
        long nanos = event.getTimeStamp() * 1_000_000L + Math.max(0, event.getNanoseconds()) % 1_000_000L;
        Level level = event.getLevel();
        try (PendingRecord record = to.begin(nanos, severity(level), level.levelStr, logger)) {
            if (span != null) {
                record.ids(span.traceIdHigh(), span.traceIdLow(), span.spanId(), span.flags());
            } else if (!mdc.isEmpty()) {
                mdcIds(record, mdc);
            }
            record.body(message);
            if (texts != null) {
                texts.addPairs(record);
            }
            if (!mdcKeys.isEmpty()) {
                mdcAttributes(record, mdc);
            }
            if (texts != null) {
                texts.addMarkersAndException(record);
            }
            record.threadName(event.getThreadName());
            record.offer();
        }
    }

    private static @Nullable String message(ILoggingEvent event) {
        try {
            return event.getFormattedMessage();
        } catch (Throwable userCode) {
            return event.getMessage() + " [FAILED " + userCode.getClass().getName() + "]";
        }
    }

    /** Another MDC than Logback's is code of the application. */
    private static Map<String, String> mdc(ILoggingEvent event) {
        try {
            return event.getMDCPropertyMap();
        } catch (Throwable userCode) {
            return Map.of();
        }
    }

    private boolean isGivenByAnother(ILoggingEvent event) {
        return capture != null && OF_THE_APPLICATION.get() > 0 && capture.isGivenByAnother(event);
    }

    /** Without ids the record is still worth having. */
    private static @Nullable CurrentSpan currentSpan() {
        try {
            CurrentSpan span = CurrentSpan.get();
            return span.isValid() ? span : null;
        } catch (Throwable foreignStorage) {
            return null;
        }
    }

    private static int severity(Level level) {
        int value = level.levelInt;
        if (value >= Level.ERROR_INT) {
            return 17;
        }
        if (value >= Level.WARN_INT) {
            return 13;
        }
        if (value >= Level.INFO_INT) {
            return 9;
        }
        return value >= Level.DEBUG_INT ? 5 : 1;
    }

    private static void mdcIds(PendingRecord record, Map<String, String> mdc) {
        record.hexIds(
                mdc.get(IdFields.TRACE_ID), mdc.get(IdFields.SPAN_ID), IdFields.flags(mdc.get(IdFields.TRACE_FLAGS)));
    }

    private void mdcAttributes(PendingRecord record, Map<String, String> mdc) {
        if (!allMdcKeys) {
            for (int i = 0; i < mdcKeys.size(); i++) {
                String key = mdcKeys.get(i);
                record.attributeIfAbsent(key, mdc.get(key));
            }
            return;
        }
        for (Map.Entry<String, String> entry : mdc.entrySet()) {
            if (!IdFields.isId(entry.getKey())) {
                record.attributeIfAbsent(entry.getKey(), entry.getValue());
            }
        }
    }
}

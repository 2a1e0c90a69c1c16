// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.weir.log.LogPipe;
import dev.weir.log.OwnLoggers;
import dev.weir.log.PendingRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;

/**
 * A Logback appender that encodes the event on the thread that logs and puts it into the pipe; it never waits. Attach it to
 * loggers directly: behind an {@code AsyncAppender} it runs on another thread, where no span is current.
 *
 * <p>What {@link OwnLoggers} names is left out. Thread-safe.
 */
public final class WeirAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    /** The name under which it is installed. */
    public static final String NAME = "WEIR";

    private static final String ASYNC_THREAD = "AsyncAppender-Worker-";

    private @Nullable LogPipe pipe;
    private boolean allMdcKeys;
    private List<String> mdcKeys = List.of();
    private volatile boolean warnedOfAsync;

    /** Where events go; before {@link #start}. */
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
        super.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        LogPipe to = pipe;
        String logger = event.getLoggerName();
        if (to == null || OwnLoggers.leavesOut(logger)) {
            return;
        }
        if (!warnedOfAsync && Thread.currentThread().getName().startsWith(ASYNC_THREAD)) {
            warnedOfAsync = true;
            addWarn("attached behind an AsyncAppender: the ids of spans are lost; attach it to loggers directly");
        }
        // Formatting runs code of the application, which may log itself: it comes first.
        String message = message(event);
        long nanos = event.getTimeStamp() * 1_000_000L + Math.max(0, event.getNanoseconds()) % 1_000_000L;
        Level level = event.getLevel();
        try (PendingRecord record = to.begin(nanos, severity(level), level.levelStr, logger)) {
            fill(record, event, message);
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

    /** An event may have code of the application anywhere; what it throws costs the rest of the attributes. */
    private void fill(PendingRecord record, ILoggingEvent event, @Nullable String message) {
        try {
            if (!record.currentIds()) {
                mdcIds(record, event);
            }
            record.body(message);
            attributes(record, event);
        } catch (Throwable userCode) {
            record.droppedAttributes(1);
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

    private static void mdcIds(PendingRecord record, ILoggingEvent event) {
        Map<String, String> mdc = event.getMDCPropertyMap();
        if (!mdc.isEmpty()) {
            String flags = mdc.get(SpanMdcAdapter.TRACE_FLAGS);
            record.hexIds(
                    mdc.get(SpanMdcAdapter.TRACE_ID),
                    mdc.get(SpanMdcAdapter.SPAN_ID),
                    flags != null && flags.endsWith("1") ? 1 : 0);
        }
    }

    private void attributes(PendingRecord record, ILoggingEvent event) {
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            for (int i = 0; i < pairs.size(); i++) {
                KeyValuePair pair = pairs.get(i);
                record.attribute(pair.key, pair.value);
            }
        }
        if (!mdcKeys.isEmpty()) {
            mdcAttributes(record, event.getMDCPropertyMap());
        }
        List<Marker> markers = event.getMarkerList();
        if (markers != null && !markers.isEmpty()) {
            record.attribute("logback.marker", (CharSequence) markers.get(0).getName());
        }
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown instanceof ThrowableProxy proxy) {
            record.exception(proxy.getThrowable());
        } else if (thrown != null) {
            record.attributeIfAbsent("exception.type", thrown.getClassName());
            record.attributeIfAbsent("exception.message", thrown.getMessage());
            record.stackTrace(ThrowableProxyUtil.asString(thrown));
        }
        record.attributeIfAbsent("thread.name", event.getThreadName());
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
            String key = entry.getKey();
            if (!key.equals(SpanMdcAdapter.TRACE_ID)
                    && !key.equals(SpanMdcAdapter.SPAN_ID)
                    && !key.equals(SpanMdcAdapter.TRACE_FLAGS)) {
                record.attributeIfAbsent(key, entry.getValue());
            }
        }
    }
}

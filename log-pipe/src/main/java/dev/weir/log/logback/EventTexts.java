// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import dev.weir.log.LogPipe;
import dev.weir.log.PendingRecord;
import dev.weir.log.PlainValue;
import dev.weir.log.ThrownText;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;

/**
 * What an event holds of the application beside its message: key-value pairs, markers, an exception. Each may run code
 * that logs. Read once, before the record is begun; what that code throws costs the one value. One event, one thread.
 */
final class EventTexts {

    private static final AttributeKey<List<String>> MARKER = AttributeKey.stringArrayKey("logback.marker");

    /** Markers may contain one another in a ring. */
    private static final int MAX_MARKERS = 64;

    private @Nullable List<KeyValuePair> pairs;
    private @Nullable Object @Nullable [] values;
    private @Nullable List<String> markers;
    private @Nullable ThrownText thrown;
    private @Nullable IThrowableProxy foreignThrown;
    private int dropped;

    private EventTexts() {}

    /** Whether reading {@code event} runs code of the application. */
    static boolean hasCode(ILoggingEvent event) {
        return event.getArgumentArray() != null || isStructured(event);
    }

    private static boolean isStructured(ILoggingEvent event) {
        return event.getThrowableProxy() != null
                || !isEmpty(event.getKeyValuePairs())
                || !isEmpty(event.getMarkerList());
    }

    private static boolean isEmpty(@Nullable List<?> list) {
        return list == null || list.isEmpty();
    }

    /**
     * Null when there is nothing but a message in {@code event}.
     *
     * @param read false when the line is inside of too many others: then nothing is asked
     */
    static @Nullable EventTexts of(LogPipe pipe, ILoggingEvent event, boolean read) {
        if (!isStructured(event)) {
            return null;
        }
        EventTexts texts = new EventTexts();
        if (!read) {
            texts.leaveOut(event);
            return texts;
        }
        try {
            texts.readValues(pipe, event.getKeyValuePairs());
            texts.readMarkers(event.getMarkerList());
        } catch (Throwable userCode) {
            texts.dropped++;
        }
        texts.readThrown(pipe, event.getThrowableProxy());
        return texts;
    }

    private void leaveOut(ILoggingEvent event) {
        dropped = 1;
        if (event.getThrowableProxy() instanceof ThrowableProxy local) {
            thrown = ThrownText.ofType(local.getThrowable());
        }
    }

    private void readValues(LogPipe pipe, @Nullable List<KeyValuePair> from) {
        if (from == null || from.isEmpty()) {
            return;
        }
        pairs = from;
        @Nullable Object[] plain = new Object[from.size()];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = PlainValue.of(pipe, from.get(i).value);
        }
        values = plain;
    }

    private void readMarkers(@Nullable List<Marker> from) {
        if (from == null || from.isEmpty()) {
            return;
        }
        List<String> names = new ArrayList<>(from.size());
        markers = names;
        for (Marker marker : from) {
            addMarker(names, marker);
        }
    }

    private static void addMarker(List<String> names, Marker marker) {
        String name = marker.getName();
        if (names.size() >= MAX_MARKERS || names.contains(name)) {
            return;
        }
        names.add(name);
        for (Iterator<Marker> inner = marker.iterator(); inner.hasNext(); ) {
            addMarker(names, inner.next());
        }
    }

    private void readThrown(LogPipe pipe, @Nullable IThrowableProxy proxy) {
        if (proxy instanceof ThrowableProxy local) {
            thrown = ThrownText.of(pipe, local.getThrowable());
        } else {
            foreignThrown = proxy;
        }
    }

    void addPairs(PendingRecord record) {
        List<KeyValuePair> from = pairs;
        @Nullable Object[] plain = values;
        if (from == null || plain == null) {
            return;
        }
        for (int i = 0; i < plain.length; i++) {
            record.attribute(from.get(i).key, plain[i]);
        }
    }

    void addMarkersAndException(PendingRecord record) {
        List<String> names = markers;
        if (names != null) {
            record.attribute(MARKER, names);
        }
        ThrownText local = thrown;
        if (local != null) {
            local.addTo(record);
        }
        addForeignThrown(record);
        if (dropped > 0) {
            record.droppedAttributes(dropped);
        }
    }

    /** Of an event that came from elsewhere: texts alone. */
    private void addForeignThrown(PendingRecord record) {
        IThrowableProxy foreign = foreignThrown;
        if (foreign != null) {
            record.attributeIfAbsent("exception.type", foreign.getClassName());
            record.attributeIfAbsent("exception.message", foreign.getMessage());
            record.stackTrace(ThrowableProxyUtil.asString(foreign));
        }
    }
}

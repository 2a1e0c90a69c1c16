// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.log.LogPipe;
import dev.weir.log.PendingRecord;
import dev.weir.log.PlainValue;
import dev.weir.log.ThrownText;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Marker;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.message.MapMessage;
import org.apache.logging.log4j.util.ReadOnlyStringMap;
import org.jspecify.annotations.Nullable;

/**
 * What an event holds of the application beside its text: values of a structured message and of the context, markers,
 * an exception. Each may run code that logs. Read once, before the record is begun; what that code throws costs the one
 * value. One event, one thread.
 */
final class EventTexts {

    private static final AttributeKey<List<String>> MARKER = AttributeKey.stringArrayKey("log4j.marker");

    /** Markers may contain one another in a ring. */
    private static final int MAX_MARKERS = 64;

    private final List<String> keys = new ArrayList<>();
    private final List<@Nullable Object> values = new ArrayList<>();
    private @Nullable List<String> markers;
    private @Nullable ThrownText thrown;
    private int dropped;

    /** How many of the keys are the message's own; the others are from around it. */
    private int ofMessage;

    private EventTexts() {}

    /**
     * Null when there is nothing but a text in {@code event}.
     *
     * @param contextKeys what is to be read of the context; {@code *} for all of it
     * @param read false when the line is inside of too many others: then nothing is asked
     */
    static @Nullable EventTexts of(LogPipe pipe, LogEvent event, List<String> contextKeys, boolean read) {
        Throwable thrown = event.getThrown();
        if (thrown == null
                && event.getMarker() == null
                && contextKeys.isEmpty()
                && !(event.getMessage() instanceof MapMessage<?, ?>)) {
            return null;
        }
        EventTexts texts = new EventTexts();
        if (!read) {
            texts.dropped = 1;
            texts.thrown = thrown == null ? null : ThrownText.ofType(thrown);
            return texts;
        }
        try {
            texts.readMessage(pipe, event);
            texts.readContext(pipe, event.getContextData(), contextKeys);
            texts.readMarker(event.getMarker());
        } catch (Throwable userCode) {
            texts.dropped++;
        }
        texts.thrown = thrown == null ? null : ThrownText.of(pipe, thrown);
        return texts;
    }

    private void add(String key, @Nullable Object value) {
        keys.add(key);
        values.add(value);
    }

    private void readMessage(LogPipe pipe, LogEvent event) {
        if (event.getMessage() instanceof MapMessage<?, ?> map) {
            map.forEach((String key, Object value) -> add(key, PlainValue.of(pipe, value)));
        }
        ofMessage = keys.size();
    }

    private void readContext(LogPipe pipe, ReadOnlyStringMap context, List<String> wanted) {
        if (wanted.contains("*")) {
            context.forEach((String key, Object value) -> {
                if (!SpanContextData.isOurs(key)) {
                    add(key, PlainValue.of(pipe, value));
                }
            });
            return;
        }
        for (int i = 0; i < wanted.size(); i++) {
            String key = wanted.get(i);
            add(key, PlainValue.of(pipe, context.<Object>getValue(key)));
        }
    }

    private void readMarker(@Nullable Marker marker) {
        if (marker != null) {
            List<String> names = new ArrayList<>(1);
            markers = names;
            addMarker(names, marker);
        }
    }

    private static void addMarker(List<String> names, Marker marker) {
        String name = marker.getName();
        if (names.size() >= MAX_MARKERS || names.contains(name)) {
            return;
        }
        names.add(name);
        Marker[] parents = marker.getParents();
        if (parents != null) {
            for (Marker parent : parents) {
                addMarker(names, parent);
            }
        }
    }

    void addTo(PendingRecord record) {
        for (int i = 0; i < keys.size(); i++) {
            if (i < ofMessage) {
                record.attribute(keys.get(i), values.get(i));
            } else {
                record.attributeIfAbsent(keys.get(i), values.get(i));
            }
        }
        List<String> names = markers;
        if (names != null) {
            record.attribute(MARKER, names);
        }
        ThrownText local = thrown;
        if (local != null) {
            local.addTo(record);
        }
        if (dropped > 0) {
            record.droppedAttributes(dropped);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.logs.TestLogRecordData;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Records with every field and every type, from friendly to hostile, drawn from a seed. */
class RandomRecords {

    final Random random;
    private final int maxAttributes;
    private final List<Resource> resources = new ArrayList<>();
    private final List<InstrumentationScopeInfo> scopes = new ArrayList<>();

    RandomRecords(long seed) {
        this(seed, 120);
    }

    /** @param maxAttributes how many attributes a record or a part of one may have */
    RandomRecords(long seed, int maxAttributes) {
        this.maxAttributes = maxAttributes;
        random = new Random(seed);
        while (resources.size() < 3) {
            addIfNew(
                    resources,
                    chance(4) ? Resource.empty() : Resource.create(attributes(false), chance(2) ? null : text()));
        }
        while (scopes.size() < 3) {
            addIfNew(
                    scopes,
                    InstrumentationScopeInfo.builder(text())
                            .setVersion(chance(2) ? null : text())
                            .setSchemaUrl(chance(2) ? null : text())
                            .setAttributes(attributes())
                            .build());
        }
    }

    private static <T> void addIfNew(List<T> list, T item) {
        if (!list.contains(item)) {
            list.add(item);
        }
    }

    <T> List<T> list(int size, Supplier<T> one) {
        List<T> list = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            list.add(one.get());
        }
        return list;
    }

    boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    Resource resource() {
        return resources.get(random.nextInt(resources.size()));
    }

    InstrumentationScopeInfo scope() {
        return scopes.get(random.nextInt(scopes.size()));
    }

    long number() {
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> random.nextInt(200);
            case 2 -> Long.MIN_VALUE;
            case 3 -> Long.MAX_VALUE;
            default -> random.nextLong() >>> random.nextInt(64);
        };
    }

    double real() {
        return switch (random.nextInt(6)) {
            case 0 -> 0.0;
            case 1 -> -0.0;
            case 2 -> Double.NaN;
            case 3 -> Double.NEGATIVE_INFINITY;
            case 4 -> Double.MIN_VALUE;
            default -> random.nextGaussian();
        };
    }

    String text() {
        int length = chance(20) ? 200 + random.nextInt(4000) : random.nextInt(40);
        int kind = random.nextInt(6);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            switch (kind) {
                case 0, 1 -> text.append((char) (' ' + random.nextInt(95)));
                case 2 -> text.append((char) random.nextInt(0x100));
                case 3 -> text.append((char) random.nextInt(0x1000));
                case 4 -> text.appendCodePoint(0x1f600 + random.nextInt(60));
                default -> text.append((char) (chance(3) ? 0xd7f0 + random.nextInt(0x830) : 'a' + random.nextInt(26)));
            }
        }
        return text.toString();
    }

    Value<?> value(int depth) {
        return switch (random.nextInt(depth > 4 ? 5 : 8)) {
            case 0 -> Value.of(text());
            case 1 -> Value.of(random.nextBoolean());
            case 2 -> Value.of(number());
            case 3 -> Value.of(real());
            case 4 -> {
                byte[] bytes = new byte[random.nextInt(50)];
                random.nextBytes(bytes);
                yield Value.of(bytes);
            }
            case 5, 6 -> Value.of(list(random.nextInt(4), () -> value(depth + 1)));
            default -> {
                Map<String, KeyValue> entries = new LinkedHashMap<>();
                list(random.nextInt(4), () -> KeyValue.of(text(), value(depth + 1)))
                        .forEach(entry -> entries.put(entry.getKey(), entry));
                yield Value.of(entries.values().toArray(new KeyValue[0]));
            }
        };
    }

    Attributes attributes() {
        return attributes(true);
    }

    private Attributes attributes(boolean anyKey) {
        AttributesBuilder builder = Attributes.builder();
        int size = chance(3) ? 0 : Math.min(maxAttributes, chance(20) ? 120 : random.nextInt(10));
        for (int i = 0; i < size; i++) {
            String key = anyKey && chance(3) ? text() : "key." + random.nextInt(2000);
            int length = random.nextInt(4);
            switch (random.nextInt(9)) {
                case 0, 1 -> builder.put(key, text());
                case 2 -> builder.put(key, number());
                case 3 -> builder.put(key, real());
                case 4 -> builder.put(key, random.nextBoolean());
                case 5 -> builder.put(AttributeKey.stringArrayKey(key), list(length, this::text));
                case 6 -> builder.put(AttributeKey.longArrayKey(key), list(length, this::number));
                case 7 -> builder.put(AttributeKey.doubleArrayKey(key), list(length, this::real));
                default -> builder.put(AttributeKey.booleanArrayKey(key), list(length, random::nextBoolean));
            }
        }
        return builder.build();
    }

    SpanContext context() {
        if (chance(6)) {
            return SpanContext.getInvalid();
        }
        String traceId = "%016x%016x".formatted(random.nextLong(), random.nextLong() | 1);
        String spanId = "%016x".formatted(random.nextLong() | 1);
        TraceFlags flags = TraceFlags.fromByte((byte) random.nextInt(256));
        return chance(2)
                ? SpanContext.createFromRemoteParent(traceId, spanId, flags, traceState())
                : SpanContext.create(traceId, spanId, flags, traceState());
    }

    private TraceState traceState() {
        TraceStateBuilder builder = TraceState.builder();
        int members = chance(2) ? 0 : random.nextInt(5);
        for (int i = 0; i < members; i++) {
            builder.put("vendor" + i, "value;" + random.nextInt());
        }
        return builder.build();
    }

    SpanData span() {
        Attributes attributes = attributes();
        List<EventData> events = list(random.nextInt(3), this::event);
        List<LinkData> links = list(random.nextInt(3), this::link);
        return TestSpanData.builder()
                .setName(text())
                .setKind(SpanKind.values()[random.nextInt(5)])
                .setSpanContext(context())
                .setParentSpanContext(context())
                .setStatus(StatusData.create(StatusCode.values()[random.nextInt(3)], text()))
                .setStartEpochNanos(number())
                .setEndEpochNanos(number())
                .setAttributes(attributes)
                .setTotalAttributeCount(attributes.size() + random.nextInt(3))
                .setEvents(events)
                .setTotalRecordedEvents(events.size() + random.nextInt(3))
                .setLinks(links)
                .setTotalRecordedLinks(links.size() + random.nextInt(3))
                .setResource(resource())
                .setInstrumentationScopeInfo(scope())
                .setHasEnded(true)
                .build();
    }

    private EventData event() {
        Attributes attributes = attributes();
        return EventData.create(number(), text(), attributes, attributes.size() + random.nextInt(3));
    }

    private LinkData link() {
        Attributes attributes = attributes();
        return LinkData.create(context(), attributes, attributes.size() + random.nextInt(3));
    }

    LogRecordData log() {
        Attributes attributes = attributes();
        TestLogRecordData.Builder builder = TestLogRecordData.builder()
                .setTimestamp(number(), TimeUnit.NANOSECONDS)
                .setObservedTimestamp(number(), TimeUnit.NANOSECONDS)
                .setSpanContext(context())
                .setSeverity(Severity.values()[random.nextInt(Severity.values().length)])
                .setAttributes(attributes)
                .setTotalAttributeCount(attributes.size() + random.nextInt(3))
                .setResource(resource())
                .setInstrumentationScopeInfo(scope());
        if (!chance(4)) {
            builder.setSeverityText(text());
        }
        if (!chance(4)) {
            builder.setBodyValue(value(0));
        }
        if (!chance(4)) {
            builder.setEventName(text());
        }
        return builder.build();
    }
}

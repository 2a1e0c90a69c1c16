// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What becomes of one record in a pipe in memory. */
abstract class RecordFixture extends ConservedPipeTest {

    /** What a receiver gets when {@code fill} fills a record, which is offered. */
    final Received.Line received(Consumer<PendingRecord> fill) {
        return received(builder -> builder, fill);
    }

    /** As {@link #received(Consumer)}, of a pipe that is built otherwise. */
    final Received.Line received(UnaryOperator<LogPipeBuilder> how, Consumer<PendingRecord> fill) {
        LogPipe pipe = open(builder -> how.apply(builder.store(StoreKind.MEMORY)));
        try (PendingRecord record = pipe.begin(1, 17, "ERROR", "s")) {
            fill.accept(record);
            assertThat(record.offer()).isTrue();
        }
        Received received = receive();
        Patience.await().until(() -> !received.lines.isEmpty());
        return received.lines.get(0);
    }

    /** The attributes as values of Java; each key is there once. */
    static Map<String, @Nullable Object> attributes(Received.Line line) {
        return map(line.record().getAttributesList());
    }

    private static Map<String, @Nullable Object> map(List<KeyValue> pairs) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (KeyValue pair : pairs) {
            assertThat(map).as("each key once").doesNotContainKey(pair.getKey());
            map.put(pair.getKey(), plain(pair.getValue()));
        }
        return map;
    }

    static @Nullable Object plain(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> value.getBoolValue();
            case INT_VALUE -> value.getIntValue();
            case DOUBLE_VALUE -> value.getDoubleValue();
            case BYTES_VALUE -> value.getBytesValue().toByteArray();
            case ARRAY_VALUE -> {
                List<@Nullable Object> list = new ArrayList<>();
                value.getArrayValue().getValuesList().forEach(element -> list.add(plain(element)));
                yield list;
            }
            case KVLIST_VALUE -> map(value.getKvlistValue().getValuesList());
            default -> null;
        };
    }
}

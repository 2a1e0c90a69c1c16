// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Messages in a form in which only what has a meaning differs: attributes, resources and scopes have no order. */
final class Normal {

    private static final Set<String> UNORDERED = Set.of(
            "attributes",
            "filtered_attributes",
            "resource_spans",
            "resource_logs",
            "resource_metrics",
            "scope_spans",
            "scope_logs",
            "scope_metrics");

    private Normal() {}

    static Message of(Message message) {
        Message.Builder normal = message.toBuilder();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                continue;
            }
            if (!field.isRepeated()) {
                if (message.hasField(field)) {
                    normal.setField(field, of((Message) message.getField(field)));
                }
                continue;
            }
            List<Message> entries = ((List<?>) message.getField(field))
                    .stream().map(entry -> of((Message) entry)).toList();
            if (UNORDERED.contains(field.getName())) {
                entries = entries.stream()
                        .sorted(Comparator.comparing(
                                Message::toByteString,
                                com.google.protobuf.ByteString.unsignedLexicographicalComparator()))
                        .toList();
            }
            normal.setField(field, entries);
        }
        return normal.build();
    }
}

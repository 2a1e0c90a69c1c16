// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.api.trace.TraceState;
import java.util.ArrayList;
import java.util.List;

/** Ids and trace state of a span context. Not thread-safe. */
final class IdWriter {

    private final List<String> members = new ArrayList<>();

    /** The field, unless the id is not one of 16 bytes. */
    void traceId(int tag, String hex, ProtoBuffer out) {
        if (hex.length() == 32) {
            out.hexId(tag, hex, 32);
        }
    }

    /** The field, unless the id is not one of 8 bytes. */
    void spanId(int tag, String hex, ProtoBuffer out) {
        if (hex.length() == 16) {
            out.hexId(tag, hex, 16);
        }
    }

    /** The field in the form of the W3C header, unless it is empty. */
    void traceState(int tag, TraceState state, ProtoBuffer out) {
        if (state.isEmpty()) {
            return;
        }
        members.clear();
        state.forEach(this::collect);
        int before = out.size();
        for (int i = members.size() - 2; i >= 0; i -= 2) {
            out.utf8(members.get(i + 1));
            out.tag('=');
            out.utf8(members.get(i));
            if (i > 0) {
                out.tag(',');
            }
        }
        members.clear();
        out.message(tag, before);
    }

    private void collect(String key, String value) {
        members.add(key);
        members.add(value);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;
import dev.weir.core.SignalTap;
import dev.weir.core.ThrottledLog;
import java.nio.ByteBuffer;
import java.util.List;

/** Shows each body to those who look on. Owned by the worker; costs nothing when nobody does. */
final class Taps {

    private final SignalTap[] taps;
    private final ThrottledLog log;

    Taps(List<SignalTap> taps, ThrottledLog log) {
        this.taps = taps.toArray(SignalTap[]::new);
        this.log = log;
    }

    void show(Signal signal, int records, List<ByteBuffer> body, int length) {
        if (taps.length == 0) {
            return;
        }
        ByteBuffer whole;
        if (body.size() == 1) {
            whole = body.get(0).asReadOnlyBuffer();
        } else {
            ByteBuffer joined = ByteBuffer.allocate(length);
            for (ByteBuffer part : body) {
                joined.put(part.duplicate());
            }
            whole = joined.flip().asReadOnlyBuffer();
        }
        for (SignalTap tap : taps) {
            try {
                tap.onBatch(signal, records, whole.duplicate());
            } catch (Throwable failure) {
                log.warn(
                        "a signal tap failed and was skipped: " + tap.getClass().getName(), failure);
            }
        }
    }
}

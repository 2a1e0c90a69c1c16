// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Collects the part of a response that is worth reading. Bounded: bytes past {@link #KEPT} are left out, and a response
 * longer than {@link #MAX} need not be read to its end. Not thread-safe.
 */
final class ResponseBody {

    /** What is kept for parsing. */
    static final int KEPT = 64 * 1024;
    /** What a receiver may send, by the protocol. */
    static final int MAX = 4 * 1024 * 1024;

    private byte[] bytes = new byte[0];
    private int length;
    private long seen;

    void add(ByteBuf part) {
        seen += part.readableBytes();
        int take = Math.min(part.readableBytes(), KEPT - length);
        if (take > 0) {
            if (length + take > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.min(KEPT, Math.max(length + take, bytes.length * 2)));
            }
            part.getBytes(part.readerIndex(), bytes, length, take);
            length += take;
        }
    }

    /** Whether the receiver sent more than the protocol allows. */
    boolean tooLong() {
        return seen > MAX;
    }

    /** What was kept; empty when the response was longer than that, because a cut message means nothing. */
    byte[] whole() {
        return seen > KEPT ? new byte[0] : Arrays.copyOf(bytes, length);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Collects the beginning of a response body. Bounded: bytes after {@link #KEPT} are skipped, and a response longer than
 * {@link #MAX} need not be read to its end. Not thread-safe.
 */
final class ResponseBody {

    /** Bytes that are kept for parsing. */
    static final int KEPT = 64 * 1024;
    /** Bytes that a receiver may send, by the protocol. */
    static final int MAX = 4 * 1024 * 1024;

    private byte[] bytes = new byte[0];
    private int length;
    private long received;

    void add(ByteBuf part) {
        received += part.readableBytes();
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
        return received > MAX;
    }

    /** The body; empty when it was longer than {@link #KEPT}, because a truncated message cannot be parsed. */
    byte[] whole() {
        return received > KEPT ? new byte[0] : Arrays.copyOf(bytes, length);
    }
}

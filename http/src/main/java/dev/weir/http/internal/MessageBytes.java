// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.FileRegion;

/** How many payload bytes a message of a pipeline carries. Stateless. */
public final class MessageBytes {

    private MessageBytes() {}

    /** The payload bytes of {@code message}; 0 when it has none. */
    public static long of(Object message) {
        if (message instanceof ByteBuf buffer) {
            return buffer.readableBytes();
        }
        if (message instanceof ByteBufHolder holder) {
            return holder.content().readableBytes();
        }
        return message instanceof FileRegion file ? file.count() : 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;

/** Zstandard through zstd-jni, which is an optional dependency: loaded only when it is used. Owned by the worker. */
final class ZstdCodec {

    private final ZstdCompressCtx context = new ZstdCompressCtx();

    ZstdCodec(int level) {
        context.setLevel(level);
    }

    /** {@code body}, which is released, as one frame. */
    ByteBuf compress(ByteBuf body, ByteBufAllocator allocator) {
        int length = body.readableBytes();
        ByteBuf target;
        try {
            target = allocator.directBuffer((int) Zstd.compressBound(length));
        } catch (OutOfMemoryError e) {
            body.release();
            throw e;
        }
        try {
            ByteBuffer from = body.nioBuffer();
            ByteBuffer to = target.nioBuffer(0, target.capacity());
            int written =
                    context.compressDirectByteBuffer(to, to.position(), to.remaining(), from, from.position(), length);
            return target.writerIndex(written);
        } catch (RuntimeException | Error e) {
            target.release();
            throw e;
        } finally {
            body.release();
        }
    }

    /** The body inside a frame of {@link #compress}. */
    byte[] expand(ByteBuf payload, int length) {
        byte[] frame = new byte[payload.readableBytes()];
        payload.getBytes(payload.readerIndex(), frame);
        return Zstd.decompress(frame, length);
    }

    void close() {
        context.close();
    }
}

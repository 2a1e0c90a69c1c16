// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.otlp.internal.transport.ContentCoding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Makes payloads from bodies: one copy into pooled direct memory, or one pass of compression; and bodies from payloads.
 * Owned by the worker.
 */
public final class PayloadCodec {

    /** Bodies shorter than this are sent as they are. */
    static final int MIN_COMPRESSED = 1024;

    private static final int GZIP_HEADER = 10;
    private static final int GZIP_TRAILER = 8;

    private final ByteBufAllocator allocator;
    private final Deflater deflater;
    private final CRC32 crc = new CRC32();
    private final int zstdLevel;
    /** Made when it is needed for the first time: its classes may be absent. */
    private @Nullable ZstdCodec zstd;

    public PayloadCodec(ByteBufAllocator allocator, int gzipLevel, int zstdLevel) {
        this.allocator = allocator;
        this.deflater = new Deflater(gzipLevel, true);
        this.zstdLevel = zstdLevel;
    }

    /** {@code body} as a payload. */
    ByteBuf pack(ContentCoding coding, List<ByteBuffer> body, int length) {
        return switch (coding) {
            case IDENTITY -> copy(body, length);
            case GZIP -> gzip(body, length);
            case ZSTD -> zstd().compress(copy(body, length), allocator);
        };
    }

    /** The body inside a payload that {@link #pack} made. */
    byte[] unpack(ContentCoding coding, ByteBuf payload, int length) {
        return switch (coding) {
            case IDENTITY -> {
                byte[] body = new byte[payload.readableBytes()];
                payload.getBytes(payload.readerIndex(), body);
                yield body;
            }
            case GZIP -> gunzip(payload, length);
            case ZSTD -> zstd().expand(payload, length);
        };
    }

    private ZstdCodec zstd() {
        ZstdCodec made = zstd;
        if (made == null) {
            made = new ZstdCodec(zstdLevel);
            zstd = made;
        }
        return made;
    }

    /** A copy of {@code body}, position to limit of each part. */
    ByteBuf copy(List<ByteBuffer> body, int length) {
        ByteBuf target = allocator.directBuffer(Math.max(1, length));
        try {
            for (ByteBuffer part : body) {
                // Netty's own writeBytes takes a second buffer for a read-only part of the heap.
                int bytes = part.remaining();
                target.ensureWritable(bytes)
                        .nioBuffer(target.writerIndex(), bytes)
                        .put(part.duplicate());
                target.writerIndex(target.writerIndex() + bytes);
            }
            return target;
        } catch (RuntimeException | Error e) {
            target.release();
            throw e;
        }
    }

    /** {@code body} as one gzip member. */
    ByteBuf gzip(List<ByteBuffer> body, int length) {
        ByteBuf target = allocator.directBuffer(Math.max(512, length / 3));
        try {
            target.writeLong(0x1f8b_0800_0000_0000L).writeShort(0x00ff);
            deflater.reset();
            crc.reset();
            for (ByteBuffer part : body) {
                crc.update(part.duplicate());
                deflater.setInput(part.duplicate());
                drain(target);
            }
            deflater.finish();
            drain(target);
            target.writeIntLE((int) crc.getValue()).writeIntLE(length);
            return target;
        } catch (RuntimeException | Error e) {
            target.release();
            throw e;
        }
    }

    private void drain(ByteBuf target) {
        while (!deflater.finished()) {
            target.ensureWritable(4096);
            ByteBuffer room = target.nioBuffer(target.writerIndex(), target.writableBytes());
            int written = deflater.deflate(room);
            target.writerIndex(target.writerIndex() + written);
            if (written == 0 && deflater.needsInput()) {
                return;
            }
        }
    }

    /** The body inside a payload that {@link #gzip} made. */
    static byte[] gunzip(ByteBuf payload, int length) {
        byte[] body = new byte[length];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(payload.nioBuffer(
                    payload.readerIndex() + GZIP_HEADER, payload.readableBytes() - GZIP_HEADER - GZIP_TRAILER));
            int read = 0;
            while (read < length) {
                int more = inflater.inflate(body, read, length - read);
                if (more == 0) {
                    throw new IllegalStateException("a payload made here does not inflate to its length");
                }
                read += more;
            }
            return body;
        } catch (DataFormatException e) {
            throw new IllegalStateException(e);
        } finally {
            inflater.end();
        }
    }

    public void close() {
        deflater.end();
        if (zstd != null) {
            zstd.close();
        }
    }
}

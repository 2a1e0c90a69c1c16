// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Signal;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.otlp.internal.encode.OtlpJsonWriter;
import dev.weir.otlp.internal.proto.RequestSplitter;
import dev.weir.otlp.internal.transport.ContentCoding;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes batches out of bodies, bodies out of batches, and two batches out of one. When there is no memory for that, the
 * {@link MemoryShortage} begins before the error is thrown. Owned by the worker.
 */
final class BatchFactory {

    private static final String NOT_PREPARED = "a batch could not be prepared and is dropped";

    private final Signal signal;
    private final ContentCoding coding;
    private final boolean json;
    private final PayloadCodec codec;
    private final Ticker ticker;
    private final AckWindow window;
    private final MemoryShortage shortage;
    private final ThrottledLog log;

    /** @param window gives each batch its place */
    BatchFactory(
            Signal signal,
            PipelineOptions options,
            PipelineServices services,
            AckWindow window,
            MemoryShortage shortage,
            ThrottledLog log) {
        this.signal = signal;
        this.coding = options.coding();
        this.json = options.json();
        this.codec = services.codec();
        this.ticker = services.ticker();
        this.window = window;
        this.shortage = shortage;
        this.log = log;
    }

    /** A body as it is sent. */
    private record Packed(ByteBuf payload, @Nullable ByteBuf body, boolean compressed, int length) {

        void release() {
            payload.release();
            if (body != null) {
                body.release();
            }
        }
    }

    /**
     * One batch; null when it cannot be prepared, which is logged.
     *
     * @throws OutOfMemoryError when there is no memory for it
     */
    @Nullable
    Batch make(List<ByteBuffer> body, int length, int records, @Nullable SourceBatch source) {
        try {
            return placed(body, length, records, source);
        } catch (OutOfMemoryError e) {
            shortage.began(e);
            throw e;
        } catch (Throwable e) {
            log.warn(NOT_PREPARED, e);
            return null;
        }
    }

    /** A batch gets its place once its payload is made. */
    private Batch placed(List<ByteBuffer> body, int length, int records, @Nullable SourceBatch source) {
        Packed packed = pack(body, length);
        AckWindow.Receipt receipt = null;
        try {
            receipt = window.open(source != null && source.isFromSpool());
            return batch(packed, receipt, 0, 0, records, ticker.nanoTime(), source);
        } catch (OutOfMemoryError e) {
            packed.release();
            if (receipt != null) {
                window.settle(receipt);
            }
            throw e;
        }
    }

    private static Batch batch(
            Packed packed,
            AckWindow.Receipt receipt,
            int part,
            int depth,
            int records,
            long createdNanos,
            @Nullable SourceBatch source) {
        return new Batch(
                receipt,
                part,
                depth,
                records,
                packed.payload,
                packed.body,
                packed.compressed,
                packed.length,
                createdNanos,
                source);
    }

    /**
     * The two halves of a batch, which stays as it is; null when it cannot be cut.
     *
     * @throws OutOfMemoryError when there is no memory for them; {@link SourceBatch#isReturned} says whether the source
     *     has the batch
     */
    Batch @Nullable [] halves(Batch batch) {
        try {
            return cut(batch);
        } catch (OutOfMemoryError e) {
            shortage.began(e);
            throw e;
        }
    }

    private Batch @Nullable [] cut(Batch batch) {
        SourceBatch source = batch.source;
        List<EncodedBatch> own = source == null ? List.of() : source.halves();
        if (source != null && own.size() == 2) {
            boolean stored = source.isFromSpool();
            Batch first = null;
            Batch[] parts;
            try {
                first = half(batch, 0, own.get(0), stored);
                parts = new Batch[] {first, half(batch, 1, own.get(1), stored)};
            } catch (OutOfMemoryError e) {
                release(first);
                source.returned(own);
                throw e;
            }
            batch.receipt.split(1);
            return parts;
        }
        RequestSplitter.Half[] halves = RequestSplitter.halves(signal, body(batch));
        if (halves == null) {
            return null;
        }
        int records = Math.min(halves[0].records(), batch.records);
        Batch first = null;
        Batch[] parts;
        try {
            first = half(batch, 0, halves[0].body(), records, source);
            parts = new Batch[] {first, half(batch, 1, halves[1].body(), batch.records - records, source)};
        } catch (OutOfMemoryError e) {
            release(first);
            throw e;
        }
        batch.receipt.split(1);
        if (source != null) {
            source.cut();
        }
        return parts;
    }

    private static void release(@Nullable Batch made) {
        if (made != null) {
            made.release();
        }
    }

    private Batch half(Batch whole, int which, EncodedBatch given, boolean stored) {
        Packed packed = pack(given.body(), given.bytes());
        return part(whole, which, packed, given.records(), new SourceBatch(given, stored));
    }

    private Batch half(Batch whole, int which, byte[] body, int records, @Nullable SourceBatch source) {
        return part(whole, which, pack(List.of(ByteBuffer.wrap(body)), body.length), records, source);
    }

    private static Batch part(Batch whole, int which, Packed packed, int records, @Nullable SourceBatch source) {
        return batch(
                packed, whole.receipt, whole.part * 2 + which, whole.depth + 1, records, whole.createdNanos, source);
    }

    /**
     * The body of a batch, whose payload is released.
     *
     * @throws OutOfMemoryError when there is no memory for it: the batch stays as it is
     */
    ByteBuf plain(Batch batch) {
        ByteBuf body = batch.body;
        if (body != null) {
            batch.payload.release();
            return body;
        }
        if (!batch.compressed) {
            return batch.payload;
        }
        ByteBuf unpacked;
        try {
            unpacked = codec.copy(List.of(ByteBuffer.wrap(body(batch))), batch.bodyBytes);
        } catch (OutOfMemoryError e) {
            shortage.began(e);
            throw e;
        }
        batch.release();
        return unpacked;
    }

    /**
     * A copy of a body; null when it cannot be prepared, which is logged.
     *
     * @throws OutOfMemoryError when there is no memory for it
     */
    @Nullable
    ByteBuf copy(List<ByteBuffer> body, int length) {
        try {
            return codec.copy(body, length);
        } catch (OutOfMemoryError e) {
            shortage.began(e);
            throw e;
        } catch (Throwable e) {
            log.warn(NOT_PREPARED, e);
            return null;
        }
    }

    private byte[] body(Batch batch) {
        ByteBuf body = batch.body;
        return body != null
                ? codec.unpack(ContentCoding.IDENTITY, body, batch.bodyBytes)
                : codec.unpack(batch.compressed ? coding : ContentCoding.IDENTITY, batch.payload, batch.bodyBytes);
    }

    private Packed pack(List<ByteBuffer> body, int length) {
        if (!json) {
            ContentCoding used = coding(length);
            return new Packed(codec.pack(used, body, length), null, used != ContentCoding.IDENTITY, length);
        }
        ByteBuf plain = codec.copy(body, length);
        try {
            byte[] bytes = new byte[length];
            plain.getBytes(plain.readerIndex(), bytes);
            byte[] json = OtlpJsonWriter.write(signal, bytes);
            List<ByteBuffer> wire = List.of(ByteBuffer.wrap(json));
            ContentCoding used = coding(json.length);
            return new Packed(codec.pack(used, wire, json.length), plain, used != ContentCoding.IDENTITY, length);
        } catch (RuntimeException | Error e) {
            plain.release();
            throw e;
        }
    }

    private ContentCoding coding(int length) {
        return length >= PayloadCodec.MIN_COMPRESSED ? coding : ContentCoding.IDENTITY;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;
import dev.weir.core.Ticker;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.otlp.internal.encode.OtlpJsonWriter;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes batches out of bodies, bodies out of batches, and two batches out of one. Owned by the worker. */
final class BatchMaker {

    private final Signal signal;
    private final LaneOptions options;
    private final Packer packer;
    private final Ticker ticker;

    BatchMaker(Signal signal, LaneOptions options, Packer packer, Ticker ticker) {
        this.signal = signal;
        this.options = options;
        this.packer = packer;
        this.ticker = ticker;
    }

    /** What a body becomes on the wire. */
    private record Packed(ByteBuf payload, @Nullable ByteBuf body, boolean compressed, int length) {

        void release() {
            payload.release();
            if (body != null) {
                body.release();
            }
        }
    }

    /**
     * One batch.
     *
     * @param window gives the batch its place once its payload is made
     */
    Batch make(List<ByteBuffer> body, int length, int records, AckWindow window, @Nullable Origin origin) {
        Packed packed = pack(body, length);
        AckWindow.Receipt receipt = null;
        try {
            receipt = window.open(origin != null && origin.isFromSpool());
            return batch(packed, receipt, 0, 0, records, ticker.nanoTime(), origin);
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
            @Nullable Origin origin) {
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
                origin);
    }

    /**
     * The two halves of a batch, which stays as it is; null when it cannot be cut.
     *
     * @throws OutOfMemoryError when there is no memory for them; {@link Origin#isReturned} says whether the source has the batch
     */
    Batch @Nullable [] halves(Batch batch) {
        Origin origin = batch.origin;
        List<EncodedBatch> own = origin == null ? List.of() : origin.halves();
        if (origin != null && own.size() == 2) {
            boolean stored = origin.isFromSpool();
            Batch first = null;
            Batch[] parts;
            try {
                first = half(batch, 0, own.get(0), stored);
                parts = new Batch[] {first, half(batch, 1, own.get(1), stored)};
            } catch (OutOfMemoryError e) {
                release(first);
                origin.returned(own);
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
            first = half(batch, 0, halves[0].body(), records, origin);
            parts = new Batch[] {first, half(batch, 1, halves[1].body(), batch.records - records, origin)};
        } catch (OutOfMemoryError e) {
            release(first);
            throw e;
        }
        batch.receipt.split(1);
        if (origin != null) {
            origin.cut();
        }
        return parts;
    }

    private static void release(@Nullable Batch made) {
        if (made != null) {
            made.release();
        }
    }

    private Batch half(Batch whole, int which, EncodedBatch source, boolean stored) {
        Packed packed = pack(source.body(), source.bytes());
        return part(whole, which, packed, source.records(), new Origin(source, stored));
    }

    private Batch half(Batch whole, int which, byte[] body, int records, @Nullable Origin origin) {
        return part(whole, which, pack(List.of(ByteBuffer.wrap(body)), body.length), records, origin);
    }

    private static Batch part(Batch whole, int which, Packed packed, int records, @Nullable Origin origin) {
        return batch(
                packed, whole.receipt, whole.part * 2 + which, whole.depth + 1, records, whole.createdNanos, origin);
    }

    /** The body of a batch whose payload is given up. */
    ByteBuf plain(Batch batch) {
        ByteBuf body = batch.body;
        if (body != null) {
            batch.payload.release();
            return body;
        }
        if (!batch.compressed) {
            return batch.payload;
        }
        ByteBuf unpacked = copy(List.of(ByteBuffer.wrap(body(batch))), batch.bodyBytes);
        batch.release();
        return unpacked;
    }

    /** A body as it is. */
    ByteBuf copy(List<ByteBuffer> body, int length) {
        return packer.copy(body, length);
    }

    private byte[] body(Batch batch) {
        ByteBuf body = batch.body;
        return body != null
                ? packer.unpack(Compression.NONE, body, batch.bodyBytes)
                : packer.unpack(
                        batch.compressed ? options.compression() : Compression.NONE, batch.payload, batch.bodyBytes);
    }

    private Packed pack(List<ByteBuffer> body, int length) {
        if (options.protocol() != OtlpProtocol.HTTP_JSON) {
            Compression compression = compression(length);
            return new Packed(packer.pack(compression, body, length), null, compression != Compression.NONE, length);
        }
        ByteBuf plain = copy(body, length);
        try {
            byte[] bytes = new byte[length];
            plain.getBytes(plain.readerIndex(), bytes);
            byte[] json = OtlpJsonWriter.write(signal, bytes);
            List<ByteBuffer> wire = List.of(ByteBuffer.wrap(json));
            Compression compression = compression(json.length);
            return new Packed(
                    packer.pack(compression, wire, json.length), plain, compression != Compression.NONE, length);
        } catch (RuntimeException | Error e) {
            plain.release();
            throw e;
        }
    }

    private Compression compression(int length) {
        return length >= Packer.MIN_COMPRESSED ? options.compression() : Compression.NONE;
    }
}

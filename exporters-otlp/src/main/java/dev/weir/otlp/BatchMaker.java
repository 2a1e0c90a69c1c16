// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.EncodedBatch;
import dev.weir.core.Signal;
import dev.weir.core.Ticker;
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

    /**
     * One batch.
     *
     * @param window gives the batch its place once its payload is made
     * @param held whether the lane holds its records in the ledger's sense
     */
    Batch make(
            List<ByteBuffer> body, int length, int records, AckWindow window, boolean held, @Nullable Origin origin) {
        ByteBuf payload = pack(body, length);
        return new Batch(
                window.open(), 0, 0, records, payload, isCompressed(length), length, ticker.nanoTime(), held, origin);
    }

    /** The two halves of a batch, which stays as it is; null when it cannot be cut. */
    Batch @Nullable [] halves(Batch batch) {
        Origin origin = batch.origin;
        List<EncodedBatch> own = origin == null ? List.of() : origin.halves();
        if (own.size() == 2) {
            Batch[] parts = {half(batch, 0, own.get(0)), half(batch, 1, own.get(1))};
            batch.receipt.split(1);
            return parts;
        }
        RequestSplitter.Half[] halves = RequestSplitter.halves(signal, body(batch));
        if (halves == null) {
            return null;
        }
        int first = Math.min(halves[0].records(), batch.records);
        Batch[] parts = {
            half(batch, 0, halves[0].body(), first, origin),
            half(batch, 1, halves[1].body(), batch.records - first, origin)
        };
        batch.receipt.split(1);
        if (origin != null) {
            origin.cut();
        }
        return parts;
    }

    private Batch half(Batch whole, int which, EncodedBatch source) {
        ByteBuf payload = pack(source.body(), source.bytes());
        return part(whole, which, payload, source.bytes(), source.records(), new Origin(source));
    }

    private Batch half(Batch whole, int which, byte[] body, int records, @Nullable Origin origin) {
        ByteBuf payload = pack(List.of(ByteBuffer.wrap(body)), body.length);
        return part(whole, which, payload, body.length, records, origin);
    }

    private Batch part(Batch whole, int which, ByteBuf payload, int length, int records, @Nullable Origin origin) {
        return new Batch(
                whole.receipt,
                whole.part * 2 + which,
                whole.depth + 1,
                records,
                payload,
                isCompressed(length),
                length,
                whole.createdNanos,
                whole.held,
                origin);
    }

    /** The body of a batch whose payload is given up. */
    ByteBuf plain(Batch batch) {
        if (!batch.compressed) {
            return batch.payload;
        }
        ByteBuf body = copy(List.of(ByteBuffer.wrap(body(batch))), batch.bodyBytes);
        batch.release();
        return body;
    }

    /** A body as it is. */
    ByteBuf copy(List<ByteBuffer> body, int length) {
        return packer.copy(body, length);
    }

    private static byte[] body(Batch batch) {
        if (batch.compressed) {
            return Packer.gunzip(batch.payload, batch.bodyBytes);
        }
        byte[] body = new byte[batch.payload.readableBytes()];
        batch.payload.getBytes(batch.payload.readerIndex(), body);
        return body;
    }

    private boolean isCompressed(int length) {
        return options.compression() == Compression.GZIP && length >= Packer.MIN_COMPRESSED;
    }

    private ByteBuf pack(List<ByteBuffer> body, int length) {
        return isCompressed(length) ? packer.gzip(body, length) : packer.copy(body, length);
    }
}

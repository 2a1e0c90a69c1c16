// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** One encoded request. Owned by the worker; the payload is shared by all attempts. */
final class Batch implements Comparable<Batch> {

    final AckWindow.Receipt receipt;
    /** Which part of a cut batch: at each {@link #depth} the parts are numbered from 0 on. */
    final int part;

    /** How often it was cut. */
    final int depth;

    final int records;
    /** What is sent: encoded once, compressed once. */
    final ByteBuf payload;
    /** The body where it cannot be made from the payload again; else null. */
    final @Nullable ByteBuf body;

    final boolean compressed;
    /** The length before compression. */
    final int bodyBytes;

    final long createdNanos;
    /** The batch that it came from, which holds its records until it is settled; null when they are held here. */
    final @Nullable SourceBatch source;

    int attempts;
    long firstAttemptNanos;

    Batch(
            AckWindow.Receipt receipt,
            int part,
            int depth,
            int records,
            ByteBuf payload,
            @Nullable ByteBuf body,
            boolean compressed,
            int bodyBytes,
            long createdNanos,
            @Nullable SourceBatch source) {
        this.receipt = receipt;
        this.part = part;
        this.depth = depth;
        this.records = records;
        this.payload = payload;
        this.body = body;
        this.compressed = compressed;
        this.bodyBytes = bodyBytes;
        this.createdNanos = createdNanos;
        this.source = source;
    }

    /** Bytes that are sent. */
    int payloadBytes() {
        return payload.readableBytes();
    }

    /** Bytes in memory. */
    int memoryBytes() {
        return payload.readableBytes() + (body == null ? 0 : body.readableBytes());
    }

    void release() {
        payload.release();
        if (body != null) {
            body.release();
        }
    }

    @Override
    public int compareTo(Batch other) {
        int bySequence = Long.compare(receipt.sequence, other.receipt.sequence);
        return bySequence != 0
                ? bySequence
                : Double.compare(Math.scalb((double) part, -depth), Math.scalb((double) other.part, -other.depth));
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}

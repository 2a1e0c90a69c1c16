// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Owns the memory of the batches that are given out: counts it, lends it no further than a bound, uses it again. The disk's
 * thread only.
 *
 * <p>On the heap: a subscriber that reads a batch after its answer finds other bytes, never memory that is
 * gone.
 *
 * <p>Bounds: what is lent and what waits to be lent again come to the budget, or to one batch that is larger.
 */
public final class BatchBuffers {

    private final long budget;
    private final int leastReused;
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    private long freeBytes;
    private long lentBytes;
    /** The most that was lent since {@link #trim}. */
    private long most;

    /**
     * @param budgetBytes how much is lent and kept at most
     * @param leastReused smaller buffers are not kept
     */
    public BatchBuffers(long budgetBytes, int leastReused) {
        this.leastReused = leastReused;
        this.budget = budgetBytes;
    }

    /** Whether a buffer of so many bytes may be lent now. One always may. */
    public boolean hasRoomFor(int bytes) {
        return lentBytes == 0 || lentBytes + bytes <= budget;
    }

    /** Lends a buffer with room for {@code bytes}; its position is 0 and its limit {@code bytes}. */
    public ByteBuffer take(int bytes) {
        ByteBuffer buffer = free.poll();
        if (buffer != null) {
            freeBytes -= buffer.capacity();
        }
        if (buffer == null || buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocate(bytes);
        }
        adopt(buffer);
        return buffer.clear().limit(bytes);
    }

    /** Counts a buffer that was made elsewhere. */
    public void adopt(ByteBuffer made) {
        lentBytes += made.capacity();
        most = Math.max(most, lentBytes);
        keepAtMost(budget);
    }

    /** Takes a buffer back that is not read any more. */
    public void giveBack(ByteBuffer lent) {
        forget(lent);
        // A part of a cut batch is too small for any other.
        if (lent.capacity() >= leastReused) {
            free.push(lent);
            freeBytes += lent.capacity();
            keepAtMost(budget);
        }
    }

    /** Counts a buffer as given back that may still be read. */
    public void forget(ByteBuffer lent) {
        lentBytes -= lent.capacity();
    }

    /** Lets go of what was not needed since the last time; to be called now and then. */
    public void trim() {
        keepAtMost(most);
        most = lentBytes;
    }

    private void keepAtMost(long bytes) {
        while (lentBytes + freeBytes > bytes) {
            ByteBuffer oldest = free.pollLast();
            if (oldest == null) {
                return;
            }
            freeBytes -= oldest.capacity();
        }
    }

    public long lentBytes() {
        return lentBytes;
    }

    public long freeBytes() {
        return freeBytes;
    }
}

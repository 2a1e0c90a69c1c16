// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.log.internal.wire.RecordEncoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A ring of bytes for many producers and one consumer. Producers never wait: {@link #claim} takes a place with one
 * compare-and-set, {@link #commit} copies and stores the length with release. Lock-free; allocates nothing.
 *
 * <p>Bounds: the capacity, a power of two, fixed at construction. When the ring is filled beyond what the caller may use,
 * {@link #claim} says so.
 *
 * <p>What is committed stays in the memory of the ring until {@link #release}; when that memory is a mapped file it
 * survives the death of the process.
 */
public final class Ring implements FrameSource {

    /*
     * Why positions and not offsets: a position counts bytes since the ring was made and never repeats, so a frame left over
     * from an earlier lap cannot be taken for a new one, and the writer can tell what the store has already got.
     *
     * Why the memory is zeroed by the consumer: frames begin at any multiple of 8, so after a lap the length of a new frame
     * lies where old payload was. Zeroed memory makes "not committed" unambiguous, in a living process and after a kill.
     *
     * Why the lowest bit of the producers' counter says closed: positions are multiples of 8, and one compare-and-set must see
     * both, or a producer could get a place after the last look of the consumer.
     *
     * The producers' and the consumer's counter are 128 bytes apart so that they do not share a cache line.
     */
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle COUNTERS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int TAIL = 16;
    private static final int HEAD = 32;
    private static final long CLOSED_BIT = 1;

    /** The part of the ring that this caller may use is full, the rest is not. */
    public static final int RESERVED = -1;
    /** The ring is full. */
    public static final int FULL = -2;
    /** The record can never fit. */
    public static final int TOO_LARGE = -3;
    /** {@link #close} was called. */
    public static final int CLOSED = -4;

    private final ByteBuffer memory;
    private final int capacity;
    private final int mask;
    private final long[] counters = new long[48];
    private final ByteBuffer zeros;

    /** The consumer's own: behind it everything was polled. */
    private long read;

    /**
     * @param memory direct, zeroed, aligned to 8, its capacity a power of two
     * @param first the position of the first frame, a multiple of 8
     */
    Ring(ByteBuffer memory, long first) {
        this.memory = memory.order(ByteOrder.LITTLE_ENDIAN);
        this.capacity = memory.capacity();
        this.mask = capacity - 1;
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two, was " + capacity);
        }
        this.zeros = ByteBuffer.allocateDirect(Math.min(capacity, 64 << 10));
        this.read = first;
        COUNTERS.setVolatile(counters, TAIL, first);
        COUNTERS.setVolatile(counters, HEAD, first);
    }

    /** A ring in plain memory. */
    public static Ring inMemory(int capacity) {
        return new Ring(ByteBuffer.allocateDirect(capacity + 8).alignedSlice(8).slice(0, capacity), 0);
    }

    /** How many bytes it holds. */
    public int capacity() {
        return capacity;
    }

    /** Bytes in use. Any thread. */
    public long used() {
        long head = (long) COUNTERS.getVolatile(counters, HEAD);
        return Math.max(0, tail() - head);
    }

    /** The position behind the last claimed frame. Any thread. */
    public long tail() {
        return (long) COUNTERS.getVolatile(counters, TAIL) & ~CLOSED_BIT;
    }

    /** The position behind the last released frame. Any thread. */
    public long head() {
        return (long) COUNTERS.getVolatile(counters, HEAD);
    }

    /**
     * Claims a place for a record of {@code payload} bytes; {@link #commit} must follow.
     *
     * @param usable how many bytes of the ring this caller may see filled
     * @return the position, or {@link #RESERVED}, {@link #FULL}, {@link #TOO_LARGE} or {@link #CLOSED}
     */
    public long claim(int payload, long usable) {
        int need = Frame.align(payload + Frame.HEADER);
        if (need > capacity >> 1) {
            return TOO_LARGE;
        }
        for (; ; ) {
            long tail = (long) COUNTERS.getVolatile(counters, TAIL);
            if ((tail & CLOSED_BIT) != 0) {
                return CLOSED;
            }
            int toEnd = capacity - (int) (tail & mask);
            int gap = need > toEnd ? toEnd : 0;
            long used = tail + gap + need - (long) COUNTERS.getAcquire(counters, HEAD);
            if (used > usable) {
                return used > capacity ? FULL : RESERVED;
            }
            if (COUNTERS.compareAndSet(counters, TAIL, tail, tail + gap + need)) {
                if (gap > 0) {
                    giveUp(tail, gap);
                }
                return tail + gap;
            }
        }
    }

    /** From now on no place is given; the places given before may still be committed. Idempotent. */
    public void close() {
        COUNTERS.getAndBitwiseOr(counters, TAIL, CLOSED_BIT);
    }

    /**
     * Copies the record that {@code encoder} has finished to its claimed place and lets the consumer see it.
     *
     * @param scopeSeverityType the 32 bits of the header that follow the position: scope, severity, type
     * @return false when the memory could not be written; the place is given up
     */
    public boolean commit(long position, RecordEncoder encoder, int scopeSeverityType) {
        int length = encoder.length() + Frame.HEADER;
        try {
            int offset = (int) (position & mask);
            memory.put(offset + Frame.HEADER, encoder.bytes(), encoder.offset(), encoder.length());
            INTS.set(memory, offset + Frame.CRC, encoder.checksum(Frame.seed(position, scopeSeverityType)));
            LONGS.set(memory, offset + Frame.POSITION, position);
            INTS.set(memory, offset + Frame.SCOPE, scopeSeverityType);
            INTS.setRelease(memory, offset, length);
            return true;
        } catch (Throwable broken) {
            // A page of the file could not be had (InternalError). Give the place up so that the others can go on.
            giveUp(position, Frame.align(length));
            return false;
        }
    }

    private void giveUp(long position, int length) {
        try {
            writeGap(position, length);
        } catch (Throwable stillBroken) {
            // The consumer will wait here; producers see a full ring, which is counted.
        }
    }

    private void writeGap(long position, int length) {
        int offset = (int) (position & mask);
        INTS.set(memory, offset + Frame.CRC, Frame.seed(position, -length));
        INTS.setRelease(memory, offset, -length);
    }

    /**
     * Gives the committed frames that follow those polled before to {@code frames}, until it refuses one or there are no
     * more. Only the consumer.
     *
     * @return how many frames were taken
     */
    @Override
    public int poll(FrameConsumer frames) {
        int taken = 0;
        long tail = tail();
        while (read - tail < 0) {
            int offset = (int) (read & mask);
            int length = (int) INTS.getAcquire(memory, offset);
            if (length == 0) {
                break;
            }
            if (length < 0) {
                read -= length;
                continue;
            }
            int header = (int) INTS.get(memory, offset + Frame.SCOPE);
            if (!frames.frame(offset + Frame.HEADER, length - Frame.HEADER, header)) {
                break;
            }
            read += Frame.align(length);
            taken++;
        }
        return taken;
    }

    /** The position behind the last polled frame. Only the consumer. */
    @Override
    public long polled() {
        return read;
    }

    /** Goes back to the last released frame: what was polled since will be polled again. Only the consumer. */
    public void rewind() {
        read = head();
    }

    /** Whether the next frame has been claimed and not committed. Only the consumer. */
    public boolean isWaitingForProducer() {
        return read - tail() < 0 && (int) INTS.getAcquire(memory, (int) (read & mask)) == 0;
    }

    /** Copies bytes of the ring. Only the consumer, for frames polled and not released. */
    @Override
    public void copy(int offset, ByteBuffer target, int targetOffset, int length) {
        target.put(targetOffset, memory, offset, length);
    }

    /** Gives the memory of everything polled back to the producers. Only the consumer. */
    @Override
    public void release() {
        long from = head();
        while (from - read < 0) {
            int offset = (int) (from & mask);
            int length = (int) Math.min(Math.min(read - from, capacity - offset), zeros.capacity());
            memory.put(offset, zeros, 0, length);
            from += length;
        }
        COUNTERS.setRelease(counters, HEAD, read);
    }
}

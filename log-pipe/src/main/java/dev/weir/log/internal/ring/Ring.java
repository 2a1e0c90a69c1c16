// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.log.internal.wire.RecordEncoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A ring of bytes for many producers and one consumer. Producers never wait: {@link #put} takes a place with one
 * compare-and-set, copies, and stores the length with release. Lock-free; allocates nothing. A producer that dies on
 * the way costs its own record: it gives its place up ({@link #died}), or the consumer does so ({@link RingHealer}).
 *
 * <p>Bounds: the capacity, a power of two, fixed at construction. When the ring is filled beyond what the caller may
 * use, {@link #put} says so.
 *
 * <p>What is committed stays in the memory of the ring until {@link #release}; when that memory is a mapped file it
 * survives the death of the process.
 */
public final class Ring implements FrameSource {

    /*
     * Why positions and not offsets: a position counts bytes since the ring was made and never repeats, so a frame left
     * over from an earlier lap cannot be taken for a new one, and the writer knows what the store has already got.
     *
     * Why the memory is zeroed by the consumer: frames begin at any multiple of 8, so after a lap the length of a new
     * frame lies where old payload was. Zeroed memory makes "not committed" unambiguous, in a living process and after
     * a kill.
     *
     * Why the lowest bit of the producers' counter says closed: positions are multiples of 8, and one compare-and-set
     * must see both, or a producer could get a place after the last look of the consumer.
     *
     * The producers' and the consumer's counter are 128 bytes apart so that they do not share a cache line.
     */
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle COUNTERS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int TAIL = 16;
    private static final int HEAD = 32;
    private static final int POLLED = 34;
    private static final long CLOSED_BIT = 1;

    /** The part of the ring that this caller may use is full, the rest is not. */
    public static final int RESERVED = -1;
    /** The ring is full. */
    public static final int FULL = -2;
    /** The record can never fit. */
    public static final int TOO_LARGE = -3;
    /** {@link #close} was called. */
    public static final int CLOSED = -4;
    /** The producer failed before it had a place. */
    public static final int FAILED = -5;
    /**
     * The producer failed when it had a place: an exhausted stack or memory, a page of the file that could not be had.
     */
    public static final int GIVEN_UP = -6;

    private final ByteBuffer memory;
    private final int capacity;
    private final int mask;
    private final long[] counters = new long[48];
    private final ByteBuffer zeros;
    private final Producers producers;
    private final long first;
    private final FrameCheck check;

    /** The consumer's own: behind it everything was polled. */
    private long read;

    /**
     * @param memory direct, zeroed, aligned to 8, its capacity a power of two
     * @param first the position of the first frame, a multiple of 8
     */
    Ring(ByteBuffer memory, Producers producers, long first) {
        this.memory = memory.order(ByteOrder.LITTLE_ENDIAN);
        this.capacity = memory.capacity();
        this.mask = capacity - 1;
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two, was " + capacity);
        }
        this.zeros = ByteBuffer.allocate(Math.min(capacity, 64 << 10));
        this.check = new FrameCheck(this.memory);
        this.producers = producers;
        this.first = first;
        this.read = first;
        COUNTERS.setVolatile(counters, POLLED, first);
        COUNTERS.setVolatile(counters, TAIL, first);
        COUNTERS.setVolatile(counters, HEAD, first);
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

    /** The producers of all rings of this run, and what they were granted. */
    public Producers producers() {
        return producers;
    }

    /** The position of its first frame. */
    public long first() {
        return first;
    }

    /**
     * Puts in the record that {@code encoder} has finished: takes a place, counts it as accepted, copies it and lets
     * the consumer see it. Whatever it throws, {@link #died} must follow.
     *
     * @param usable how many bytes of the ring this caller may see filled
     * @param scopeSeverityType the 32 bits of the header that follow the position: scope, severity, type
     * @return the position, or {@link #RESERVED}, {@link #FULL}, {@link #TOO_LARGE} or {@link #CLOSED}
     */
    public long put(Producer producer, RecordEncoder encoder, int scopeSeverityType, long usable) {
        producer.enter(first, scopeSeverityType >>> 16 & 0xff);
        long position = claim(producer, encoder.length(), usable);
        if (position >= 0) {
            producer.grant();
            commit(position, encoder, scopeSeverityType);
        }
        producer.exit();
        return position;
    }

    /**
     * {@link #put} threw {@code cause}. What was committed is in all the same; a place without a record is given up,
     * and the consumer counts what is lost. To be called by the producer, where it is not as deep in its stack any
     * more.
     *
     * @return the position; {@link #GIVEN_UP} when the record had a place, {@link #FAILED} when it had none
     */
    public long died(Producer producer, Throwable cause) {
        if (!producer.hadPlace()) {
            producer.leave();
            return FAILED;
        }
        long position = producer.position();
        boolean gone = producer.gaveUp();
        if (producer.holds() && !isCommitted(position)) {
            gone = true;
            producer.giveUp();
            int gap = isCommitted(producer.start()) ? 0 : (int) (position - producer.start());
            giveUp(
                    position - gap,
                    gap + producer.length(),
                    new LostRecord(producer.isGranted(), cause instanceof InternalError, producer.severity()).header());
        }
        producer.leave();
        return gone ? GIVEN_UP : position;
    }

    private boolean isCommitted(long position) {
        boolean visible = (int) INTS.getAcquire(memory, (int) (position & mask)) != 0;
        // Memory is zeroed after that counter was set: a reader of the zeros of a polled record reads the new counter,
        // too.
        return visible || position - (long) COUNTERS.getVolatile(counters, POLLED) < 0;
    }

    /** For {@link #put}, and for tests of what comes between. */
    long claim(Producer producer, int payload, long usable) {
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
                producer.hold(tail, tail + gap, need);
                if (gap > 0) {
                    writeGap(tail, gap, 0);
                }
                return tail + gap;
            }
        }
    }

    /** From now on no place is given; the places given before may still be committed. Idempotent. */
    public void close() {
        COUNTERS.getAndBitwiseOr(counters, TAIL, CLOSED_BIT);
    }

    /** As {@link #claim}. */
    void commit(long position, RecordEncoder encoder, int scopeSeverityType) {
        int offset = (int) (position & mask);
        // First, so that what a kill cuts off differs from damage (RingDamage).
        LONGS.setRelease(memory, offset + Frame.POSITION, position);
        VarHandle.storeStoreFence();
        memory.put(offset + Frame.HEADER, encoder.bytes(), encoder.offset(), encoder.length());
        INTS.set(memory, offset + Frame.CRC, encoder.checksum(Frame.seed(position, scopeSeverityType)));
        INTS.set(memory, offset + Frame.SCOPE, scopeSeverityType);
        INTS.setRelease(memory, offset, encoder.length() + Frame.HEADER);
    }

    /** @param header that of a {@link LostRecord}, or 0 for room that no record had */
    private void writeGap(long position, int length, int header) {
        int offset = (int) (position & mask);
        if (length >= Frame.HEADER + Integer.BYTES) {
            INTS.set(memory, offset + Frame.SCOPE, header);
        }
        INTS.set(memory, offset + Frame.CRC, Frame.seed(position, -length));
        INTS.setRelease(memory, offset, -length);
    }

    /**
     * The first position that was claimed and not committed, if the consumer waits for it; -1 otherwise. Only the
     * consumer.
     */
    long stuckAt() {
        return isWaitingForProducer() ? read : -1;
    }

    /** Gives up what its producer cannot any more. Only the consumer. */
    void giveUp(long from, int length, int header) {
        long at = from;
        int left = length;
        while (left > 0) {
            int part = Math.min(left, capacity - (int) (at & mask));
            writeGap(at, part, left == part ? header : 0);
            at += part;
            left -= part;
        }
    }

    /**
     * Where the next frame or gap behind {@code from} begins, before {@code end}; {@code end} when none does. Only the
     * consumer.
     */
    long nextBehind(long from, long end) {
        for (long at = from + Frame.ALIGNMENT; at - end < 0; at += Frame.ALIGNMENT) {
            int length = (int) INTS.getAcquire(memory, (int) (at & mask));
            if (check.isGap(at, length) || check.isFrame(at, length)) {
                return at;
            }
        }
        return end;
    }

    /** Forgets producers whose threads have ended. Only the consumer. */
    public void forgetEndedProducers() {
        producers.forgetEnded(head());
    }

    /**
     * Gives the committed frames that follow those polled before to {@code frames}, until it refuses one or there are
     * no more. Only the consumer.
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
                int header = -length >= Frame.HEADER + Integer.BYTES ? (int) INTS.get(memory, offset + Frame.SCOPE) : 0;
                if (header != 0) {
                    frames.lost(header);
                }
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
        COUNTERS.setVolatile(counters, POLLED, read);
        while (from - read < 0) {
            int offset = (int) (from & mask);
            int length = (int) Math.min(Math.min(read - from, capacity - offset), zeros.capacity());
            memory.put(offset, zeros, 0, length);
            from += length;
        }
        COUNTERS.setRelease(counters, HEAD, read);
    }
}

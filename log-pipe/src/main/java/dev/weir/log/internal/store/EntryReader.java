// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.disk.Transfers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of one file. It believes nothing but their checksums: where no whole entry is, it looks for the
 * next one, so damage costs only the entries that it touches; a damaged magic or length costs none. Positions are bytes
 * of the file. One thread.
 */
final class EntryReader implements SegmentReader {

    /** How entries lie in a file. */
    enum Layout {

        /** Each begins where the one before ends. */
        BACK_TO_BACK(0, 1),

        /**
         * Each in a document of Chronicle Queue: 4 bytes of header (bit 31: not complete; bit 30: no data, but what the
         * queue itself needs; below: the length), then the entry. Documents begin at multiples of 4. The header of one
         * with data is written last: until then it is 0, as where nothing was written.
         */
        DOCUMENTS(4, 4);

        /** Bytes that precede an entry. */
        private final int lead;
        /** Entries begin at multiples of this. */
        private final int step;

        Layout(int lead, int step) {
            this.lead = lead;
            this.step = step;
        }

        long align(long position) {
            return position + (step - 1) & -step;
        }
    }

    /** Where a file ends, which may be appended to. */
    @FunctionalInterface
    interface End {
        long end() throws IOException;
    }

    /**
     * The buffer of a reader that was closed, for the next one: a segment is read within milliseconds, and its buffer would
     * be most of what reading allocates. One thread.
     */
    static final class Spare {

        private ByteBuffer buffer = NOTHING;

        private ByteBuffer take() {
            ByteBuffer taken = buffer;
            buffer = NOTHING;
            return taken.capacity() == 0 ? newBuffer(BLOCK) : taken;
        }

        private void leave(ByteBuffer left) {
            if (left.capacity() > 0 && left.capacity() <= MOST_SPARE) {
                buffer = left;
            }
        }
    }

    private static final ByteBuffer NOTHING = newBuffer(0);
    private static final int MOST_SPARE = 256 << 10;
    private static final int BLOCK = 64 << 10;
    private static final int NOT_COMPLETE = 0x8000_0000;
    private static final int META = 0x4000_0000;
    private static final int DOCUMENT_LENGTH = 0x3fff_ffff;
    /**
     * The last bytes of an entry are not all 0: a fixed number that is the last field of a record has its tag among
     * them.
     */
    private static final int LEAST_WRITTEN_END = Long.BYTES + 1;

    private final long segment;
    private final FileChannel channel;
    private final Layout layout;
    private final End file;
    private final Spare spare;
    private ByteBuffer buffer;
    private long position;
    private long damaged;
    private long lostAtEnd;

    EntryReader(long segment, FileChannel channel, Layout layout, End file, Spare spare) {
        this.segment = segment;
        this.channel = channel;
        this.layout = layout;
        this.file = file;
        this.spare = spare;
        this.buffer = spare.take();
    }

    private static ByteBuffer newBuffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public @Nullable ByteBuffer next() throws IOException {
        long end = file.end();
        if (position >= end) {
            return null;
        }
        long at = position + layout.lead;
        return isEntry(at, end) ? found(at) : search(position, end);
    }

    private ByteBuffer found(long at) {
        position = layout.align(at + buffer.limit());
        lostAtEnd = 0;
        return buffer;
    }

    private @Nullable ByteBuffer search(long from, long end) throws IOException {
        long lost = 0;
        long unknownFrom = from;
        long at = nextHeader(from + layout.lead, end);
        while (at < end) {
            boolean whole = unknownFrom == from && isOfTheQueue(from, at - layout.lead);
            if (isEntry(at, end)) {
                damaged += whole ? 0 : 1;
                return found(at);
            }
            long next = nextHeader(at + layout.step, end);
            if (isEntryOfAnotherLength(at, next)) {
                damaged++;
                return found(at);
            }
            long behind = behind(at, next, end);
            if (isEntry(behind + layout.lead, end)) {
                damaged++;
                return found(behind + layout.lead);
            }
            lost += lostIn(unknownFrom, at - layout.lead, end) + recordsAt(at, next == end, end);
            unknownFrom = behind;
            at = next;
        }
        lostAtEnd = lost + lostIn(unknownFrom, end, end);
        damaged += lostAtEnd > 0 ? 1 : 0;
        position = end;
        return null;
    }

    /** Whether a whole entry of the length in its header is at {@code at}; it is in the buffer then. */
    private boolean isEntry(long at, long end) throws IOException {
        int length = lengthAt(at, end);
        return length > 0 && isEntry(at, length);
    }

    private boolean isEntry(long at, int length) throws IOException {
        return load(at, length) && Entry.restore(buffer, segment);
    }

    /** As {@link #isEntry}, where the length in its header is damaged and {@code next} is the next header. */
    private boolean isEntryOfAnotherLength(long at, long next) throws IOException {
        long most = layout == Layout.DOCUMENTS ? documentHeader(at - layout.lead) & DOCUMENT_LENGTH : next - at;
        // A document is padded.
        for (long length = most; length > most - layout.step; length--) {
            if (length >= Entry.HEADER && length <= Entry.MAX_BYTES && isEntry(at, (int) length)) {
                return true;
            }
        }
        return false;
    }

    /** The whole length in the header at {@code at}, whatever its magic; 0 when it cannot be right. */
    private int lengthAt(long at, long end) throws IOException {
        if (at + Entry.HEADER > end || !load(at, Entry.HEADER) || !Entry.isOf(buffer, segment)) {
            return 0;
        }
        int payload = Entry.payloadLength(buffer);
        return payload < 0 || payload > Entry.MAX_BYTES || at + Entry.HEADER + payload > end
                ? 0
                : Entry.HEADER + payload;
    }

    private long behind(long at, long next, long end) throws IOException {
        long limit = next == end ? end : next - layout.lead;
        int length = lengthAt(at, end);
        return length == 0 ? limit : Math.min(limit, layout.align(at + length));
    }

    /**
     * The records of a damaged entry, as far as its header is to be believed; 0 when it was never written to its end.
     */
    private long recordsAt(long at, boolean last, long end) throws IOException {
        if (layout == Layout.DOCUMENTS && isBegun(documentHeader(at - layout.lead))) {
            return 0;
        }
        if (!load(at, Entry.HEADER)) {
            return 0;
        }
        long records = Entry.likelyRecords(buffer);
        int payload = Entry.payloadLength(buffer);
        boolean torn =
                last && payload >= 0 && payload <= Entry.MAX_BYTES && isTorn(at, at + Entry.HEADER + payload, end);
        return torn ? 0 : records;
    }

    /** Whether the last entry, which should be at {@code at} until {@code behind}, was never written to its end. */
    private boolean isTorn(long at, long behind, long end) throws IOException {
        return behind > end
                || layout == Layout.DOCUMENTS
                        && documentHeader(at - layout.lead) == 0
                        && isZero(behind - LEAST_WRITTEN_END, behind);
    }

    /** How many records at least were between {@code from} and {@code to}, where no header is. */
    private long lostIn(long from, long to, long end) throws IOException {
        long at = layout == Layout.DOCUMENTS ? behindMetadata(from, to) : from;
        return at >= to || isNeverCompleted(at, to == end, end) || isZero(at, to) ? 0 : 1;
    }

    /** Whether what begins at {@code at} is an entry, or something of the queue's, that was begun and not ended. */
    private boolean isNeverCompleted(long at, boolean last, long end) throws IOException {
        return layout == Layout.DOCUMENTS
                ? isBegun(documentHeader(at)) || last && isTornDocument(at, end)
                : last && isTornHeader(at, end);
    }

    private boolean isTornHeader(long at, long end) throws IOException {
        return end - at < Entry.HEADER && load(at, (int) Math.min(4, end - at)) && Entry.beginsLikeOne(buffer);
    }

    /** Whether no more than the first bytes are there of a document that was never completed. */
    private boolean isTornDocument(long at, long end) throws IOException {
        return documentHeader(at) == 0 && isZero(Math.min(end, at + layout.lead + Entry.HEADER), end);
    }

    private boolean isOfTheQueue(long from, long to) throws IOException {
        return layout == Layout.DOCUMENTS && behindMetadata(from, to) == to;
    }

    private long behindMetadata(long from, long to) throws IOException {
        long at = from;
        while (at + layout.lead <= to) {
            int header = documentHeader(at);
            long behind = layout.align(at + layout.lead + (header & DOCUMENT_LENGTH));
            if ((header & (NOT_COMPLETE | META)) != META || behind > to) {
                break;
            }
            at = behind;
        }
        return at;
    }

    /** Whether a document was begun and not ended, or marks the end of the file. */
    private static boolean isBegun(int header) {
        return header < 0 && (header & DOCUMENT_LENGTH) == 0;
    }

    private int documentHeader(long at) throws IOException {
        return load(at, layout.lead) ? buffer.getInt(0) : 0;
    }

    /** The first place from {@code from} on that looks like the header of an entry; {@code end} when none does. */
    private long nextHeader(long from, long end) throws IOException {
        long at = from;
        while (at + Entry.HEADER <= end) {
            int length = (int) Math.min(BLOCK, end - at);
            if (!load(at, length)) {
                return end;
            }
            int i = 0;
            for (; i + Entry.HEADER <= length; i += layout.step) {
                if (buffer.getInt(i) == Entry.MAGIC && Entry.isOf(buffer, i, segment)) {
                    return at + i;
                }
            }
            at += i;
        }
        return end;
    }

    private boolean isZero(long from, long to) throws IOException {
        for (long at = from; at < to; at += BLOCK) {
            int length = (int) Math.min(BLOCK, to - at);
            if (!load(at, length)) {
                return true;
            }
            int i = 0;
            for (; i + Long.BYTES <= length; i += Long.BYTES) {
                if (buffer.getLong(i) != 0) {
                    return false;
                }
            }
            for (; i < length; i++) {
                if (buffer.get(i) != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean load(long at, int length) throws IOException {
        if (buffer.capacity() < length) {
            buffer = newBuffer(Math.max(length, buffer.capacity() * 2));
        }
        buffer.clear().limit(length);
        long from = at;
        while (buffer.hasRemaining()) {
            int read = Transfers.read(channel, buffer, from);
            if (read < 0) {
                return false;
            }
            from += read;
        }
        buffer.flip();
        return true;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void seek(long position) {
        this.position = layout.align(position);
    }

    @Override
    public long damaged() {
        return damaged;
    }

    @Override
    public long lostAtEnd() {
        return lostAtEnd;
    }

    @Override
    public void close() {
        spare.leave(buffer);
        buffer = NOTHING;
        try {
            channel.close();
        } catch (IOException readOnly) {
            // Nothing can be lost by it.
        }
    }
}

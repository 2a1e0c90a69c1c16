// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Keeps entries in segments. An entry is opaque bytes here ({@link Entry} knows them); a segment is numbered, begun once,
 * appended to until the next one is begun, and deleted as a whole.
 *
 * <p>One thread at a time. A failed operation leaves what was appended before it readable. Throws IOException for the disk;
 * any other throwable means that the store must be closed and opened again.
 */
public interface LogStore extends AutoCloseable {

    /** For messages, for example {@code chronicle}. */
    String name();

    /** The segments that exist, ascending. */
    long[] segments() throws IOException;

    /**
     * Begins a segment and makes it the current one.
     *
     * @param bytes how much may be appended to it; a store that cannot fail cleanly later reserves that much now
     * @throws IOException when there is no room
     */
    void begin(long segment, long bytes) throws IOException;

    /** Appends one entry, position to limit, to the current segment. All or nothing. */
    void append(ByteBuffer entry) throws IOException;

    /** Returns when all that was appended is on the medium. */
    void force() throws IOException;

    /** Real bytes of one segment. */
    long bytes(long segment);

    /** Bytes that the file system still has for this process. */
    long usableBytes() throws IOException;

    /** Reads a segment from its beginning, also while it is appended to. */
    SegmentReader read(long segment) throws IOException;

    /** Removes a segment that is not the current one; also under a reader, which then sees its end. */
    void delete(long segment) throws IOException;

    /** Sets aside a segment that cannot be read, so that an operator can look at it. */
    void quarantine(long segment) throws IOException;

    /** Whether bytes survive the process. */
    boolean isDurable();

    @Override
    void close();
}

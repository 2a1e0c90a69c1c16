// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads the entries of one segment in order, leaving out those whose checksum is wrong. One thread. */
public interface SegmentReader extends AutoCloseable {

    /**
     * The next whole entry, or null when there is none now.
     *
     * @return valid until the next call
     */
    @Nullable
    ByteBuffer next() throws IOException;

    /** Where {@link #next} will look; meaningful to the same kind of store only. */
    long position();

    /** Goes to a position that {@link #position} returned. */
    void seek(long position) throws IOException;

    /** Damaged places found so far. */
    long damaged();

    /** Once {@link #next} had nothing more: how many records at least were damaged behind the last whole entry. */
    default long lostAtEnd() {
        return 0;
    }

    @Override
    void close();
}

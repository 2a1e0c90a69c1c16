// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import java.nio.ByteBuffer;

/** Where the writer takes frames from: the living ring, or one that an earlier run left behind. One thread. */
public interface FrameSource {

    /**
     * Gives the committed frames that follow those polled before to {@code frames}, until it refuses one or there are no
     * more.
     *
     * @return how many frames were taken
     */
    int poll(FrameConsumer frames);

    /** The position behind the last polled frame. */
    long polled();

    /** Copies bytes of frames that were polled and not released. */
    void copy(int offset, ByteBuffer target, int targetOffset, int length);

    /** Everything polled is in the store. */
    void release();

    /** Takes frames. */
    @FunctionalInterface
    interface FrameConsumer {

        /**
         * @param offset of the payload, for {@link FrameSource#copy}
         * @return false to leave this frame for later
         */
        boolean frame(int offset, int length, int scopeSeverityType);

        /** The place of a record whose producer failed; {@code header} describes a {@link LostRecord}. */
        default void lost(int header) {}
    }
}

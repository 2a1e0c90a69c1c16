// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.nio.ByteBuffer;

/** What the head of a segment says, for readers that do not open the journal. Stateless. */
public final class StoredSegment {

    private StoredSegment() {}

    /** The encoded resource in the head of a segment; empty when {@code entry} is no head. */
    public static byte[] resource(ByteBuffer entry) {
        SegmentHead head = SegmentHead.of(entry);
        return head == null ? new byte[0] : head.resource();
    }
}

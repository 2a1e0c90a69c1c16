// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.spi.EncodedBatch;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The batch of a source that one or more {@link Batch}es came from: answered once, when all of them are settled, and counted
 * out at that moment, because until then the source may be given all of it back. Owned by the worker.
 */
final class Origin {

    final EncodedBatch source;
    private final boolean fromSpool;
    private int open = 1;
    private int underWay;
    private boolean partlySettled;
    private boolean returned;
    private long delivered;
    private final Map<DropReason, Long> lost = new EnumMap<>(DropReason.class);

    /** @param fromSpool whether the source is the spool, so that the process may end before this is settled */
    Origin(EncodedBatch source, boolean fromSpool) {
        this.source = source;
        this.fromSpool = fromSpool;
    }

    boolean isFromSpool() {
        return fromSpool;
    }

    /** A batch made of it was cut in two. */
    void cut() {
        open++;
    }

    /** The source's own two halves; empty when it has none or when only a part of it is cut. */
    List<EncodedBatch> halves() {
        return open == 1 && !partlySettled ? source.split() : List.of();
    }

    /** The source has its records again, as its own two halves: this is not answered any more. */
    void returned(List<EncodedBatch> halves) {
        halves.forEach(EncodedBatch::nack);
        returned = true;
    }

    boolean isReturned() {
        return returned;
    }

    void started() {
        underWay++;
    }

    void ended() {
        underWay--;
    }

    /** Whether a part of it may be delivered at this moment. */
    boolean isUnderWay() {
        return underWay > 0;
    }

    /** Whether giving it back would deliver some of its records twice. */
    boolean isPartlySettled() {
        return partlySettled;
    }

    /** Records of one part are settled. */
    void settled(long deliveredRecords, long lostRecords, DropReason reason) {
        delivered += deliveredRecords;
        if (lostRecords > 0) {
            lost.merge(reason, lostRecords, Long::sum);
        }
        partEnded();
    }

    /** Records of one part are the spool's now. */
    void moved() {
        partEnded();
    }

    private void partEnded() {
        open--;
        partlySettled = true;
    }

    boolean isSettled() {
        return open == 0;
    }

    long delivered() {
        return delivered;
    }

    Map<DropReason, Long> lost() {
        return lost;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.spi.EncodedBatch;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The batch of a source from which one or more {@link Batch}es were made. It is answered once, when all of them are
 * settled, and counted at that moment, because until then all of it may go back to the source. Owned by the worker.
 */
final class SourceBatch {

    final EncodedBatch batch;
    private final boolean fromSpool;
    private int open = 1;
    private int inFlight;
    private boolean partlySettled;
    private boolean returned;
    private long delivered;
    private final Map<DropReason, Long> lost = new EnumMap<>(DropReason.class);

    /** @param fromSpool whether the spool has it, so that the process may end before it is settled */
    SourceBatch(EncodedBatch batch, boolean fromSpool) {
        this.batch = batch;
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
        return open == 1 && !partlySettled ? batch.split() : List.of();
    }

    /** The source has its records again, as two halves: this batch is not answered any more. */
    void returned(List<EncodedBatch> halves) {
        halves.forEach(EncodedBatch::nack);
        returned = true;
    }

    boolean isReturned() {
        return returned;
    }

    void started() {
        inFlight++;
    }

    void ended() {
        inFlight--;
    }

    /** Whether a request with a part of it is under way. */
    boolean isInFlight() {
        return inFlight > 0;
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

    /** The spool holds the records of one part from now on. */
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

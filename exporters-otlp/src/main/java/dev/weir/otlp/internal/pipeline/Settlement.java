// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.SignalLedger;

/**
 * Settles batches: counts each of their records once, answers their sources and moves the {@link AckWindow}. Owned by
 * the worker.
 */
final class Settlement {

    private final SignalLedger account;
    private final PipelineStats stats;
    private final AckWindow window;

    Settlement(SignalLedger account, PipelineStats stats, AckWindow window) {
        this.account = account;
        this.stats = stats;
        this.window = window;
    }

    /** The receiver accepted the batch and rejected {@code rejected} of its records. */
    void delivered(Batch batch, long rejected) {
        settle(batch, batch.records - rejected, rejected, DropReason.REJECTED);
    }

    /** All of it is lost. */
    void lost(Batch batch, DropReason reason) {
        settle(batch, 0, batch.records, reason);
    }

    private void settle(Batch batch, long delivered, long lost, DropReason reason) {
        SourceBatch source = batch.source;
        if (source == null) {
            account.delivered(delivered);
            countLost(reason, lost, true);
            stats.addHeld(-delivered);
        } else {
            source.settled(delivered, lost, reason);
            answer(source);
        }
        window.settle(batch.receipt);
    }

    /** The spool holds all of it from now on. */
    void movedToSpool(Batch batch) {
        SourceBatch source = batch.source;
        if (source == null) {
            movedToSpool(batch.records);
        } else {
            source.moved();
            answer(source);
        }
        window.settle(batch.receipt);
    }

    /** The spool holds records from now on that were never a batch. */
    void movedToSpool(int records) {
        stats.addHeld(-records);
    }

    /** The source of the batch has all of its records again. */
    void returned(Batch batch) {
        window.settle(batch.receipt);
    }

    private void answer(SourceBatch source) {
        if (!source.isSettled()) {
            return;
        }
        account.delivered(source.delivered());
        source.lost().forEach((reason, records) -> countLost(reason, records, false));
        source.batch.ack();
    }

    /** Counts lost records that no batch holds any more. */
    void countLost(DropReason reason, long records, boolean held) {
        if (records == 0) {
            return;
        }
        account.dropped(reason, records);
        if (held) {
            stats.addHeld(-records);
        }
    }
}

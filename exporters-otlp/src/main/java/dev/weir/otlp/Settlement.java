// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.SignalLedger;

/** Counts batches out, each of their records once, and answers their sources. Owned by the worker. */
final class Settlement {

    private final SignalLedger account;
    private final LaneStats stats;
    private final AckWindow window;

    Settlement(SignalLedger account, LaneStats stats, AckWindow window) {
        this.account = account;
        this.stats = stats;
        this.window = window;
    }

    /** The receiver took all of it over but for {@code rejected} records. */
    void delivered(Batch batch, long rejected) {
        settle(batch, batch.records - rejected, rejected, DropReason.REJECTED);
    }

    /** All of it is lost. */
    void lost(Batch batch, DropReason reason) {
        settle(batch, 0, batch.records, reason);
    }

    private void settle(Batch batch, long delivered, long lost, DropReason reason) {
        Origin origin = batch.origin;
        if (origin == null) {
            account.delivered(delivered);
            countLost(reason, lost, true);
            stats.addHeld(-delivered);
        } else {
            origin.settled(delivered, lost, reason);
            answer(origin, batch.held);
        }
        window.settle(batch.receipt);
    }

    /** All of it is in the spool now, which this lane holds. */
    void movedToSpool(Batch batch) {
        Origin origin = batch.origin;
        if (origin != null) {
            origin.moved(batch.records);
            answer(origin, batch.held);
        }
        window.settle(batch.receipt);
    }

    private void answer(Origin origin, boolean held) {
        if (!origin.isSettled()) {
            return;
        }
        account.delivered(origin.delivered());
        origin.lost().forEach((reason, records) -> countLost(reason, records, held));
        stats.addHeld(held ? -origin.delivered() : origin.moved());
        origin.source.ack();
    }

    /** Records are lost that no batch holds any more. */
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

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
            answer(origin);
        }
        window.settle(batch.receipt);
    }

    /** All of it is the spool's now. */
    void movedToSpool(Batch batch) {
        Origin origin = batch.origin;
        if (origin == null) {
            stats.addHeld(-batch.records);
        } else {
            origin.moved();
            answer(origin);
        }
        window.settle(batch.receipt);
    }

    private void answer(Origin origin) {
        if (!origin.isSettled()) {
            return;
        }
        account.delivered(origin.delivered());
        origin.lost().forEach((reason, records) -> countLost(reason, records, false));
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

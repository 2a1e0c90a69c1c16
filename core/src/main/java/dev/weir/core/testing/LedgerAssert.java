// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.testing;

import dev.weir.core.Ledger;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.SignalLedger;

/**
 * Asserts the conservation law. Stateless.
 *
 * @since 0.1
 */
public final class LedgerAssert {

    private LedgerAssert() {}

    /**
     * Fails unless for every signal {@code produced = delivered + queued + dropped}, no column is negative, and
     * {@code queued} is what the modules hold. Call it when no record is on the move (or retry it until then).
     *
     * @param ledger read once for each signal
     * @throws AssertionError for the first signal that breaks the law; the message has its whole account
     */
    public static void assertConserved(Ledger ledger) {
        for (SignalLedger signal : ledger.signals()) {
            assertConserved(signal.snapshot());
        }
    }

    /**
     * As {@link #assertConserved(Ledger)}, for one signal.
     *
     * @param account a reading that was taken when no record was on the move
     * @throws AssertionError when the reading breaks the law; the message has the whole account
     */
    public static void assertConserved(LedgerSnapshot account) {
        if (account.produced() != account.delivered() + account.queued() + account.droppedTotal()) {
            throw new AssertionError("not conserved: " + account);
        }
        if (account.produced() < 0 || account.delivered() < 0 || account.queued() < 0 || account.droppedTotal() < 0) {
            throw new AssertionError("negative column: " + account);
        }
        if (account.queued() != account.held()) {
            throw new AssertionError(
                    "queued " + account.queued() + " but the modules hold " + account.held() + ": " + account);
        }
    }
}

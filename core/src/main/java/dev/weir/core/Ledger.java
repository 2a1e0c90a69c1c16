// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * Accounts for every record by the conservation law {@code produced = delivered + queued + dropped{reason}}, one
 * {@link SignalLedger} for each signal.
 *
 * <p>Thread-safe; counting is lock-free. One ledger belongs to one Weir instance and is shared by its modules: the
 * module that takes a record in counts it in, the one that sends or loses it counts it out.
 *
 * @since 0.1
 */
public final class Ledger {

    private final Map<Signal, SignalLedger> signals = new EnumMap<>(Signal.class);

    /** A ledger whose accounts are all 0. */
    public Ledger() {
        for (Signal signal : Signal.values()) {
            signals.put(signal, new SignalLedger(signal));
        }
    }

    /**
     * The account of one signal.
     *
     * @param signal what the account counts
     * @return the same account at each call
     */
    @SuppressWarnings("NullAway") // the constructor fills every key
    public SignalLedger of(Signal signal) {
        return signals.get(signal);
    }

    /** {@return all accounts, in the order of {@link Signal}} */
    public Collection<SignalLedger> signals() {
        return Collections.unmodifiableCollection(signals.values());
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (SignalLedger signal : signals.values()) {
            text.append(text.isEmpty() ? "" : "; ").append(signal.snapshot());
        }
        return text.toString();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

/**
 * Told of the end of every HTTP exchange, also of those that are not sampled.
 *
 * <p>Called on the event loop that ended the exchange: must not block. What it throws is counted and ignored.
 */
@FunctionalInterface
public interface OutcomeListener {

    void onOutcome(Outcome outcome);

    /**
     * Whether this listener turns durations into metrics of its own, under the names of the semantic conventions. Who tells it of
     * exchanges then records none itself, so that they are not counted twice. Asked once, when it is registered.
     */
    default boolean recordsDurations() {
        return false;
    }
}

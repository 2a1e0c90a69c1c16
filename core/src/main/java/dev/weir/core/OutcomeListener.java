// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * Told of the end of every HTTP exchange, also of those that are not sampled.
 *
 * <p>Called on the event loop that ended the exchange: must not block. What it throws is counted and ignored.
 */
@FunctionalInterface
public interface OutcomeListener {

    void onOutcome(Outcome outcome);
}

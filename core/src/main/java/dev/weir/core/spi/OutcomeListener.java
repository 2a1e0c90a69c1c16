// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

/**
 * Gets the outcome of every HTTP exchange when it ends, also of those that are not sampled.
 *
 * <p>Called on the event loop that ended the exchange: must not block. What it throws is counted and ignored.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface OutcomeListener {

    /**
     * Gets the outcome of an exchange that ended.
     *
     * @param outcome valid during the call only; copy what is needed later
     */
    void onOutcome(Outcome outcome);

    /**
     * Whether this listener turns durations into metrics of its own, under the names of the semantic conventions. The
     * HTTP instrumentation then records no durations itself, so that they are not counted twice. Called once, when the
     * listener is registered.
     *
     * @return false by default: the HTTP instrumentation records the durations
     */
    default boolean recordsDurations() {
        return false;
    }
}

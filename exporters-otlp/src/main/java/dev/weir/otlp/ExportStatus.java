// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;
import java.util.Map;
import java.util.Objects;

/**
 * The state of an export at one moment. Immutable.
 *
 * @param signals the state of each signal
 * @since 0.1
 */
public record ExportStatus(Map<Signal, SignalStatus> signals) {

    /**
     * Copies the map.
     *
     * @param signals the state of each signal; without null
     */
    public ExportStatus {
        signals = Map.copyOf(signals);
    }

    /**
     * Finds the state of one signal.
     *
     * @param signal in the status of an export each signal has a state
     * @return the state of that signal
     * @throws NullPointerException when the map has none
     */
    public SignalStatus of(Signal signal) {
        return Objects.requireNonNull(signals.get(signal), "every signal has one");
    }

    /**
     * The state of one signal.
     *
     * @param addresses where it is sent, without credentials
     * @param state {@code up} while the destination answers, else {@code backoff}, {@code throttled} or {@code down}
     * @param lastFailure why the destination last failed; empty when it never did
     * @param queueRecords records that wait in the ring
     * @param waitingBatches batches that are encoded and not in flight
     * @param memoryBytes bytes of encoded batches, waiting or in flight
     * @param inFlight requests that are not answered yet
     * @param concurrencyLimit requests that may be in flight to the destination
     * @param requests requests that have ended
     * @param failedRequests requests that did not succeed
     * @param retries requests that repeated an earlier one
     * @param wireBytes payload bytes sent, after compression, repeats included
     * @param bodyBytes the same before compression
     * @param acknowledged the number of the last batch before which all are settled
     */
    public record SignalStatus(
            String addresses,
            String state,
            String lastFailure,
            int queueRecords,
            int waitingBatches,
            long memoryBytes,
            int inFlight,
            int concurrencyLimit,
            long requests,
            long failedRequests,
            long retries,
            long wireBytes,
            long bodyBytes,
            long acknowledged) {}
}

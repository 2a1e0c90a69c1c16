// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;
import java.util.Map;

/**
 * How the export is at one moment. Immutable.
 *
 * @param signals what is known of each signal
 */
public record ExportStatus(Map<Signal, Of> signals) {

    public ExportStatus {
        signals = Map.copyOf(signals);
    }

    /** The part of one signal. */
    @SuppressWarnings("NullAway") // every signal has one
    public Of of(Signal signal) {
        return signals.get(signal);
    }

    /**
     * One signal.
     *
     * @param addresses where it goes, without credentials
     * @param state {@code closed} while the destination answers, else {@code backoff}, {@code throttled} or {@code open}
     * @param lastFailure why the destination last failed; empty when it never did
     * @param queueRecords records that wait in the ring
     * @param waitingBatches batches that are encoded and not in flight
     * @param memoryBytes bytes of encoded batches, waiting or in flight
     * @param inFlight requests that are not answered yet
     * @param concurrencyLimit requests that may be in flight to the destination
     * @param requests requests that ended
     * @param failedRequests those of them that did not succeed
     * @param retries requests that repeated an earlier one
     * @param wireBytes payload bytes sent, after compression, repeats included
     * @param bodyBytes the same before compression
     * @param acknowledged the number of the last batch before which all are settled
     */
    public record Of(
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

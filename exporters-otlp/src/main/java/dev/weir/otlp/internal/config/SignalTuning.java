// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.config;

import java.time.Duration;

/**
 * How the records of one signal are batched. Immutable.
 *
 * @param linger the longest time that a record waits for its batch to fill
 * @param queueRecords records that may wait
 * @param batchRecords the most records of one batch, or data points of one request
 * @param longestAttempt bounds the timeout of one attempt; zero for no bound
 */
public record SignalTuning(Duration linger, int queueRecords, int batchRecords, Duration longestAttempt) {

    /** {@code timeout}, or less; zero is no limit. */
    public Duration attempt(Duration timeout) {
        boolean shorter = timeout.isZero() || timeout.compareTo(longestAttempt) > 0;
        return shorter && !longestAttempt.isZero() ? longestAttempt : timeout;
    }
}

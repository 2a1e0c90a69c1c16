// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.time.Duration;

/**
 * How one signal travels. Immutable, checked by the builder.
 *
 * @param url where it is sent, for people
 * @param timeout how long one attempt may take; zero for no limit
 * @param linger how long a record may wait for company
 * @param batchRecords the most records of one batch, or data points of one request
 * @param batchBytes the smallest estimated size at which a batch is closed
 * @param maxBatchBytes the largest
 * @param maxRequestBytes the longest body that is sent, before compression
 * @param memoryBytes payloads that may wait or be in flight
 * @param maxAge batches older than this are not tried again
 */
record LaneOptions(
        String url,
        OtlpProtocol protocol,
        Compression compression,
        AuthPolicy authPolicy,
        Duration timeout,
        Duration linger,
        int batchRecords,
        int batchBytes,
        int maxBatchBytes,
        int maxRequestBytes,
        long memoryBytes,
        Duration maxAge,
        Durability durability) {}

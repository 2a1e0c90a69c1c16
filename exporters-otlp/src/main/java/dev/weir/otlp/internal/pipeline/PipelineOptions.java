// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.otlp.internal.transport.ContentCoding;
import java.time.Duration;

/**
 * How one signal is sent. Immutable; checked where it is made.
 *
 * @param url where the signal is sent, for messages
 * @param json whether bodies are sent as JSON, else as protobuf
 * @param keepUnauthorized whether batches that are refused for their credentials are sent again, else they are dropped
 * @param timeout of one attempt; zero for no limit
 * @param linger the longest time that a record waits for its batch to fill
 * @param batchRecords the most records of one batch, or data points of one request
 * @param batchBytes the smallest estimated size at which a batch is closed
 * @param maxBatchBytes the largest such size
 * @param maxRequestBytes the longest body that is sent, before compression
 * @param memoryBytes payloads that may wait or be in flight
 * @param maxAge batches older than this are not sent again
 */
public record PipelineOptions(
        String url,
        boolean json,
        ContentCoding coding,
        boolean keepUnauthorized,
        Duration timeout,
        Duration linger,
        int batchRecords,
        int batchBytes,
        int maxBatchBytes,
        int maxRequestBytes,
        long memoryBytes,
        Duration maxAge) {}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.otlp.internal.transport.SendResult;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a lane does. Written by the worker, read by any thread. */
final class LaneStats {

    final LongAdder retries = new LongAdder();
    final LongAdder wireBytes = new LongAdder();
    final LongAdder bodyBytes = new LongAdder();
    final LongAdder requests = new LongAdder();
    final LongAdder failedRequests = new LongAdder();
    final LongAdder partialRejected = new LongAdder();

    private volatile long held;
    private volatile int waitingBatches;
    private volatile long memoryBytes;
    private volatile int inFlight;
    private volatile long acknowledged;
    private volatile int batchTarget;

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    void addHeld(long records) {
        held += records;
    }

    long held() {
        return held;
    }

    void waiting(int batches, long bytes) {
        waitingBatches = batches;
        memoryBytes = bytes;
    }

    void inFlight(int requests) {
        inFlight = requests;
    }

    void answered(SendResult result, long roundTripNanos) {
        requests.increment();
        if (result.outcome() != SendResult.Outcome.DELIVERED) {
            failedRequests.increment();
        }
        partialRejected.add(result.rejected());
    }

    void batchTarget(int bytes) {
        batchTarget = bytes;
    }

    /** At which size a batch is closed; 0 where nothing is batched here. */
    int batchTarget() {
        return batchTarget;
    }

    void acknowledged(long sequence) {
        acknowledged = sequence;
    }

    long acknowledged() {
        return acknowledged;
    }

    int waitingBatches() {
        return waitingBatches;
    }

    long memoryBytes() {
        return memoryBytes;
    }

    int inFlight() {
        return inFlight;
    }
}

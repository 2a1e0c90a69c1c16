// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.otlp.internal.transport.SendResult;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one pipeline. Written by the worker, read by any thread. */
public final class PipelineStats {

    private final LongAdder retries = new LongAdder();
    private final LongAdder wireBytes = new LongAdder();
    private final LongAdder bodyBytes = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final LongAdder failedRequests = new LongAdder();

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

    public long held() {
        return held;
    }

    void waiting(int batches, long bytes) {
        waitingBatches = batches;
        memoryBytes = bytes;
    }

    void inFlight(int requests) {
        inFlight = requests;
    }

    /** A request starts, {@code again} for a batch that was sent before. */
    void sent(boolean again, int wire, int body) {
        if (again) {
            retries.increment();
        }
        wireBytes.add(wire);
        bodyBytes.add(body);
    }

    void answered(SendResult result) {
        requests.increment();
        if (result.outcome() != SendResult.Outcome.DELIVERED) {
            failedRequests.increment();
        }
    }

    public void batchTarget(int bytes) {
        batchTarget = bytes;
    }

    /** The size at which a batch is closed; 0 where the pipeline makes no batches. */
    public int batchTarget() {
        return batchTarget;
    }

    void acknowledged(long sequence) {
        acknowledged = sequence;
    }

    public long acknowledged() {
        return acknowledged;
    }

    public int waitingBatches() {
        return waitingBatches;
    }

    public long memoryBytes() {
        return memoryBytes;
    }

    public int inFlight() {
        return inFlight;
    }

    public long requests() {
        return requests.sum();
    }

    public long failedRequests() {
        return failedRequests.sum();
    }

    public long retries() {
        return retries.sum();
    }

    public long wireBytes() {
        return wireBytes.sum();
    }

    public long bodyBytes() {
        return bodyBytes.sum();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import java.util.Collection;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one pipeline that wait to be sent, oldest first, and the memory of all its batches, in flight or
 * waiting. Owned by the worker.
 */
final class Backlog {

    private final PriorityQueue<Batch> waiting = new PriorityQueue<>();
    private final PipelineStats stats;
    private long memoryBytes;

    Backlog(PipelineStats stats) {
        this.stats = stats;
    }

    /** Adds a new batch. */
    void add(Batch batch) {
        memoryBytes += batch.memoryBytes();
        putBack(batch);
    }

    /** Counts the memory of a new batch that does not wait yet. */
    void hold(Batch batch) {
        memoryBytes += batch.memoryBytes();
        report();
    }

    /** A batch waits again. */
    void putBack(Batch batch) {
        waiting.add(batch);
        report();
    }

    void putBack(Collection<Batch> batches) {
        waiting.addAll(batches);
        report();
    }

    /** Takes the oldest, whose memory stays counted; null when none waits. */
    @Nullable
    Batch poll() {
        Batch batch = waiting.poll();
        report();
        return batch;
    }

    /** Releases a batch that does not wait any more. */
    void release(Batch batch) {
        memoryBytes -= batch.memoryBytes();
        batch.release();
        report();
    }

    /** The spool took over what a batch holds. */
    void takenOver(Batch batch) {
        memoryBytes -= batch.memoryBytes();
        report();
    }

    long memoryBytes() {
        return memoryBytes;
    }

    int size() {
        return waiting.size();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    private void report() {
        stats.waiting(waiting.size(), memoryBytes);
    }
}

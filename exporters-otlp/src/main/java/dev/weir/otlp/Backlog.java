// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The batches of a lane that wait for their turn, oldest first, and the memory of all that it has. Owned by the worker. */
final class Backlog {

    private final PriorityQueue<Batch> waiting = new PriorityQueue<>();
    private final LaneStats stats;
    private long memoryBytes;

    Backlog(LaneStats stats) {
        this.stats = stats;
    }

    /** A batch that is new here. */
    void arrive(Batch batch) {
        memoryBytes += batch.memoryBytes();
        putBack(batch);
    }

    /** A batch that has to wait again. */
    void putBack(Batch batch) {
        waiting.add(batch);
        tell();
    }

    void putBack(Collection<Batch> batches) {
        waiting.addAll(batches);
        tell();
    }

    /** The oldest, which stays in memory; null when none waits. */
    @Nullable
    Batch poll() {
        Batch batch = waiting.poll();
        tell();
        return batch;
    }

    void remove(Batch batch) {
        waiting.remove(batch);
        tell();
    }

    /** A batch that does not wait any more is given up. */
    void release(Batch batch) {
        memoryBytes -= batch.memoryBytes();
        batch.release();
        tell();
    }

    /** Somebody else took over what a batch holds. */
    void takenOver(Batch batch) {
        memoryBytes -= batch.memoryBytes();
        tell();
    }

    /** Those of one cut batch that are longer than {@code bytes}. */
    List<Batch> longerThan(int bytes, AckWindow.Receipt receipt) {
        List<Batch> found = new ArrayList<>();
        for (Batch batch : waiting) {
            if (batch.receipt == receipt && batch.bodyBytes > bytes) {
                found.add(batch);
            }
        }
        return found;
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

    private void tell() {
        stats.waiting(waiting.size(), memoryBytes);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

/** Where a pipeline gets its records from. Called by the worker, unless a method says otherwise. */
public interface RecordSource {

    /**
     * Gives the pipeline at most one batch, if there is enough to send.
     *
     * @param forced whether to send a batch of any size
     * @return how much was done
     */
    int fill(boolean forced);

    /**
     * How long the worker may rest after {@link #fill} had nothing to do. {@link Long#MAX_VALUE} when something else
     * wakes the worker.
     *
     * @param idleNanos the rest of a source that must be looked at
     */
    default long restNanos(long idleNanos) {
        return idleNanos;
    }

    /** Records that wait here. Any thread. */
    default int size() {
        return 0;
    }

    /** Records that may wait here; 0 when this is no queue. Any thread. */
    default int capacity() {
        return 0;
    }

    /** Records that were taken out. Any thread. */
    default long processed() {
        return 0;
    }

    /** Records that were refused because there was no room. Any thread. */
    default long refusedFull() {
        return 0;
    }

    /** Records that arrived after the close. Any thread. */
    default long refusedClosed() {
        return 0;
    }

    /** A mark of all records that arrived until now. */
    long mark();

    /** Whether all records that arrived before {@code mark} were given to the pipeline. */
    boolean passed(long mark);

    /** Refuses all records from now on. Any thread. */
    void close();

    /** Counts what is left as lost; after the deadline. */
    long abandon();
}

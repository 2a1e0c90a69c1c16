// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

/** Where a lane gets its records from. Called by the worker only, unless a method says otherwise. */
interface Intake {

    /**
     * Gives the lane at most one batch, if there is something worth sending.
     *
     * @param forced whether everything is worth sending
     * @return how much was done
     */
    int fill(boolean forced);

    /** Records that wait here. Any thread. */
    default int size() {
        return 0;
    }

    /** Records that may wait here; 0 when this is no queue. Any thread. */
    default int capacity() {
        return 0;
    }

    /** Records that were taken out of here. Any thread. */
    default long processed() {
        return 0;
    }

    /** Records that found no room here. Any thread. */
    default long refusedFull() {
        return 0;
    }

    /** Records that came too late. Any thread. */
    default long refusedClosed() {
        return 0;
    }

    /** A mark of all that came in until now. */
    long mark();

    /** Whether all that came in before {@code mark} was given to the lane. */
    boolean passed(long mark);

    /** Refuses from now on whatever is offered. Any thread. */
    void close();

    /** Counts out what is left; after the deadline. */
    long abandon();
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryThreads;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Durable room for encoded batches that cannot be delivered now. First in, first out for each signal; survives the
 * death of the process; bounded in bytes and age.
 *
 * <p>All methods may touch the disk: call them on {@link TelemetryThreads#io()} only. They never throw for a full or
 * broken disk: {@link #offer} says no.
 *
 * <p>In the ledger the caller holds what {@link #records} says. What a spool gives up by its own bounds (age, damage)
 * it counts as dropped itself, at the moment at which it leaves {@code records}. Batches may be answered in any order.
 *
 * @since 0.1
 */
public interface Spool extends AutoCloseable {

    /**
     * Stores one batch.
     *
     * @param signal the queue that the batch joins: what its records are
     * @param records how many records are in {@code body}; at least 1
     * @param body the complete body of an OTLP export request; position to limit, left unchanged
     * @return false when it was not stored; the caller still owns the records and accounts for them
     */
    boolean offer(Signal signal, int records, ByteBuffer body);

    /**
     * Gives out the oldest batch that has not been given out.
     *
     * @param signal the queue to read
     * @return the batch, which stays in the spool until it is answered; null when there is none
     */
    @Nullable
    EncodedBatch poll(Signal signal);

    /**
     * Counts the records inside. Any thread may call it.
     *
     * @param signal the queue to count
     * @return the records that are not settled, given out or not
     */
    long records(Signal signal);

    /**
     * How much of the disk is used. Any thread may call it.
     *
     * @return the size in bytes, of all signals together
     */
    long bytes();

    /**
     * Whether what is inside survives the process. Any thread may call it.
     *
     * @return true by default
     */
    default boolean isDurable() {
        return true;
    }

    /**
     * As {@link #isDurable()}, for one signal alone. Any thread may call it.
     *
     * @param signal the queue to look at
     * @return by default what {@link #isDurable()} returns
     */
    default boolean isDurable(Signal signal) {
        return isDurable();
    }

    @Override
    void close();
}

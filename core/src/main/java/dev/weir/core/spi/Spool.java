// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryThreads;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Durable room for encoded batches that cannot be delivered now. First in, first out for each signal; survives the death
 * of the process; bounded in bytes and age.
 *
 * <p>All methods may touch the disk: call them on {@link TelemetryThreads#io()} only. They never throw for a full or broken
 * disk: {@link #offer} says no.
 *
 * <p>In the ledger the caller holds what {@link #records} says. What a spool gives up by its own bounds (age, damage) it counts
 * as dropped itself, at the moment at which it leaves {@code records}. Batches may be answered in any order.
 *
 * @since 0.1
 */
public interface Spool extends AutoCloseable {

    /**
     * Stores one batch.
     *
     * @param body the complete body of an OTLP export request; position to limit, left unchanged
     * @return false when it was not stored; the caller still owns the records and accounts for them
     */
    boolean offer(Signal signal, int records, ByteBuffer body);

    /** The oldest batch of {@code signal} that has not been given out, or null when there is none. */
    @Nullable
    EncodedBatch poll(Signal signal);

    /** Records of {@code signal} inside, given out or not, that are not settled. Any thread may ask. */
    long records(Signal signal);

    /** Bytes used on disk. Any thread may ask. */
    long bytes();

    /** Whether what is inside survives the process. Any thread may ask. */
    default boolean isDurable() {
        return true;
    }

    /** As {@link #isDurable()}, for {@code signal} alone. Any thread may ask. */
    default boolean isDurable(Signal signal) {
        return isDurable();
    }

    @Override
    void close();
}

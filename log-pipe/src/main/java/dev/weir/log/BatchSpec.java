// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.time.Duration;
import java.util.Objects;

/**
 * The shape of the batches that a pipe gives out. Immutable.
 *
 * @param bytes {@value #MIN_BYTES}…{@value #MAX_BYTES}: a batch is given out when about that many bytes wait; it is
 *     never longer than {@value #MAX_BYTES} bytes
 * @param maxDelay 0…1 minute: how long the first record of a batch waits for others
 * @since 0.1
 */
public record BatchSpec(int bytes, Duration maxDelay) {

    /** What every receiver takes: below the 4 MiB at which gRPC receivers refuse by default. */
    public static final int MAX_BYTES = 3_500_000;

    /** The smallest size that can be asked for. */
    public static final int MIN_BYTES = 256 << 10;

    /** {@code 512 KiB, 200 ms}. */
    public static final BatchSpec DEFAULT = new BatchSpec(512 << 10, Duration.ofMillis(200));

    /**
     * Checks the values.
     *
     * @param bytes {@value #MIN_BYTES}…{@value #MAX_BYTES}
     * @param maxDelay 0…1 minute
     * @throws IllegalArgumentException when a value is out of its range
     */
    public BatchSpec {
        if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("bytes is \"" + bytes + "\", allowed: " + MIN_BYTES + "…" + MAX_BYTES);
        }
        Objects.requireNonNull(maxDelay, "maxDelay");
        if (maxDelay.isNegative() || maxDelay.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("maxDelay is \"" + maxDelay + "\", allowed: 0…1 minute");
        }
    }

    /**
     * Makes a spec with the delay of {@link #DEFAULT}.
     *
     * @param bytes {@value #MIN_BYTES}…{@value #MAX_BYTES}
     * @return a spec of that size
     * @throws IllegalArgumentException when the size is out of range
     */
    public static BatchSpec ofBytes(int bytes) {
        return new BatchSpec(bytes, DEFAULT.maxDelay());
    }

    /**
     * Makes a spec of the same size with another delay.
     *
     * @param maxDelay 0…1 minute; 0 gives out each batch without a wait for more records
     * @return a new spec
     * @throws IllegalArgumentException when the delay is out of range
     */
    public BatchSpec withMaxDelay(Duration maxDelay) {
        return new BatchSpec(bytes, maxDelay);
    }
}

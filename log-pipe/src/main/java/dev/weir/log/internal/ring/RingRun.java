// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import java.nio.ByteBuffer;

/**
 * What all rings of one run have in common: size, run id, resource, the numbers of scopes, the producers and their
 * account. Makes the rings.
 *
 * <p>Positions go on from one ring to the next, so one of them says in which ring it is, and what a store has of a run.
 */
public final class RingRun {

    private final int capacity;
    private final long runId;
    private final byte[] resource;
    private final Scopes scopes = new Scopes(null);
    private final Producers producers = new Producers();

    /**
     * @param capacity of each ring, a power of two
     * @param resource the encoded {@code Resource} of this run
     */
    public RingRun(int capacity, long runId, byte[] resource) {
        this.capacity = capacity;
        this.runId = runId;
        this.resource = resource;
    }

    public int capacity() {
        return capacity;
    }

    public long runId() {
        return runId;
    }

    public byte[] resource() {
        return resource;
    }

    public Scopes scopes() {
        return scopes;
    }

    public Producers producers() {
        return producers;
    }

    /** A ring in plain memory; what is new of the scopes is in no file from now on. */
    public Ring inMemory(long first) {
        scopes.moveTo(null);
        return new Ring(ByteBuffer.allocateDirect(capacity + 8).alignedSlice(8).slice(0, capacity), producers, first);
    }

    /** Where a ring can begin that follows one with {@code tail}. */
    public long behind(long tail) {
        return (tail + 2L * capacity) & -capacity;
    }
}

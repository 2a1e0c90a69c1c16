// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

/**
 * The bounds of a journal.
 *
 * @param segmentBytes where the next segment begins
 * @param maxBytes of all segments together
 * @param maxAgeNanos after which a segment is given up
 * @param minFreeBytes what must stay free in the file system
 * @param dropOldest what gives way when a bound is reached: the oldest segment, or what comes next
 * @param fsync whether a segment is forced to the medium before the next one is begun
 */
public record JournalLimits(
        long segmentBytes, long maxBytes, long maxAgeNanos, long minFreeBytes, boolean dropOldest, boolean fsync) {}

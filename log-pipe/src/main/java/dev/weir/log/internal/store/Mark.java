// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

/**
 * A place between two entries.
 *
 * @param segment the segment
 * @param position what the store's reader says
 * @param records records of that segment before it
 */
public record Mark(long segment, long position, long records) {}

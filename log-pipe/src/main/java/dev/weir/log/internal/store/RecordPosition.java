// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

/**
 * A place between two records.
 *
 * @param segment the segment
 * @param position what the store's reader says: a place between two entries
 * @param records records of that segment before the place
 * @param inside how many of them are in the entry that begins at {@code position}: 0 when the place is between two entries
 */
public record RecordPosition(long segment, long position, long records, int inside) {

    /** The place {@code records} further on, inside the entry that begins here. */
    public RecordPosition inside(int records) {
        return new RecordPosition(segment, position, this.records + records, inside + records);
    }
}

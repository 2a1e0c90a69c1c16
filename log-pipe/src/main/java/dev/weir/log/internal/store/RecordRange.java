// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

/**
 * What was handed out of one entry.
 *
 * @param from before its first record
 * @param to behind its last
 */
public record RecordRange(RecordPosition from, RecordPosition to) {

    /** At least 1. */
    public int records() {
        return (int) (to.records() - from.records());
    }
}

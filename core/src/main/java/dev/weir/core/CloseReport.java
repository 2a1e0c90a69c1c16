// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * What a close within its deadline came to, in records.
 *
 * @param delivered taken over by the receiver during the close
 * @param stored kept on disk for the next run
 * @param lost neither; also counted in the {@link Ledger}
 * @since 0.1
 */
public record CloseReport(long delivered, long stored, long lost) {

    /** Nothing had to be done. */
    public static final CloseReport NOTHING = new CloseReport(0, 0, 0);
}

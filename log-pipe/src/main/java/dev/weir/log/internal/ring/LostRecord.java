// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

/**
 * What the gap in a ring says about a record whose producer failed.
 *
 * @param granted whether the record had been counted as accepted
 * @param withoutPage whether its page of the file could not be had
 * @param severity the record's
 */
public record LostRecord(boolean granted, boolean withoutPage, int severity) {

    private static final int LOST = 1;
    private static final int GRANTED = 2;
    private static final int WITHOUT_PAGE = 4;

    /** The header of the gap; never 0. */
    int header() {
        return LOST | (granted ? GRANTED : 0) | (withoutPage ? WITHOUT_PAGE : 0) | severity << 16;
    }

    /** Reads what {@link #header} made. */
    public static LostRecord of(int header) {
        return new LostRecord((header & GRANTED) != 0, (header & WITHOUT_PAGE) != 0, header >>> 16 & 0xff);
    }
}

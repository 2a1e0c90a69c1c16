// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

/** Frequent attribute values, boxed once: the status codes and the two standard ports. Stateless. */
public final class BoxedLongs {

    private static final Long[] SMALL = new Long[600];

    static {
        for (int i = 0; i < SMALL.length; i++) {
            SMALL[i] = (long) i;
        }
    }

    private BoxedLongs() {}

    /** {@code value}, boxed. */
    public static Long of(int value) {
        return value >= 0 && value < SMALL.length ? SMALL[value] : Long.valueOf(value);
    }
}

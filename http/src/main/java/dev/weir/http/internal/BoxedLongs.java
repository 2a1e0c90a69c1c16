// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

/** Attribute values as objects. The most frequent ones are constants: a table of them would be cold in the cache. Stateless. */
public final class BoxedLongs {

    private static final Long OK = 200L;
    private static final Long HTTP = 80L;
    private static final Long HTTPS = 443L;

    private BoxedLongs() {}

    /** {@code value}, boxed. */
    public static Long of(int value) {
        return switch (value) {
            case 200 -> OK;
            case 80 -> HTTP;
            case 443 -> HTTPS;
            default -> (long) value;
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import org.jspecify.annotations.Nullable;

/**
 * The label values of one series: up to five texts and two numbers. Absent is null and 0. Looked up by the parts
 * themselves, so that no key object is made.
 */
record LabelValues(
        @Nullable String a,
        @Nullable String b,
        @Nullable String c,
        @Nullable String d,
        @Nullable String e,
        int x,
        int y) {

    static final int TEXTS = 5;

    /** Texts longer than this are not worth a series. */
    static final int MAX_TEXT_LENGTH = 1024;

    static int hash(
            @Nullable String a,
            @Nullable String b,
            @Nullable String c,
            @Nullable String d,
            @Nullable String e,
            int x,
            int y) {
        long hash = hash(a);
        hash = hash * 0x9E3779B97F4A7C15L + hash(b);
        hash = hash * 0x9E3779B97F4A7C15L + hash(c);
        hash = hash * 0x9E3779B97F4A7C15L + hash(d);
        hash = hash * 0x9E3779B97F4A7C15L + hash(e);
        hash = hash * 0x9E3779B97F4A7C15L + x;
        hash = hash * 0x9E3779B97F4A7C15L + y;
        hash *= 0xD6E8FEB86659FD93L;
        return (int) (hash >>> 32);
    }

    private static int hash(@Nullable String text) {
        return text == null ? 0 : text.hashCode();
    }

    boolean is(
            @Nullable String a,
            @Nullable String b,
            @Nullable String c,
            @Nullable String d,
            @Nullable String e,
            int x,
            int y) {
        return this.x == x
                && this.y == y
                && same(this.a, a)
                && same(this.b, b)
                && same(this.c, c)
                && same(this.d, d)
                && same(this.e, e);
    }

    private static boolean same(@Nullable String one, @Nullable String other) {
        return one == other || (one != null && one.equals(other));
    }

    @Nullable
    String text(int index) {
        return switch (index) {
            case 0 -> a;
            case 1 -> b;
            case 2 -> c;
            case 3 -> d;
            default -> e;
        };
    }

    int number(int index) {
        return index == 0 ? x : y;
    }

    static boolean isTooLong(
            @Nullable String a, @Nullable String b, @Nullable String c, @Nullable String d, @Nullable String e) {
        return isTooLong(a) || isTooLong(b) || isTooLong(c) || isTooLong(d) || isTooLong(e);
    }

    private static boolean isTooLong(@Nullable String text) {
        return text != null && text.length() > MAX_TEXT_LENGTH;
    }
}

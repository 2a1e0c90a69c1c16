// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import org.jspecify.annotations.Nullable;

/**
 * Attribute keys as the finished {@code KeyValue.key} field, so that a key is turned into UTF-8 once.
 *
 * <p>Not thread-safe. Bounds: {@value #SLOTS} keys of at most {@value #MAX_LENGTH} characters; a new key replaces an old
 * one of the same set, so a stream of ever new keys costs an allocation each and no memory.
 */
final class KeyCache {

    static final int SLOTS = 1024;
    static final int MAX_LENGTH = 256;

    private static final int WAYS = 4;
    private static final int KEY = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private final @Nullable String[] keys = new @Nullable String[SLOTS];
    private final byte[][] fields = new byte[SLOTS][];
    private final ProtoBuffer scratch = new ProtoBuffer(1024, 1 << 20);
    private int victim;

    /** Writes the key field of a {@code KeyValue}. */
    void write(String key, ProtoBuffer out) {
        if (key.length() > MAX_LENGTH) {
            out.string(KEY, key);
            return;
        }
        if (key.isEmpty()) {
            return;
        }
        int hash = key.hashCode();
        int set = (hash ^ hash >>> 10 ^ hash >>> 20) & SLOTS / WAYS - 1;
        int first = set * WAYS;
        for (int slot = first; slot < first + WAYS; slot++) {
            String candidate = keys[slot];
            if (candidate == key || candidate != null && candidate.equals(key)) {
                out.raw(fields[slot]);
                return;
            }
        }
        out.raw(learn(key, first));
    }

    private byte[] learn(String key, int first) {
        scratch.clear();
        scratch.string(KEY, key);
        byte[] field = scratch.toByteArray();
        int slot = first;
        while (slot < first + WAYS && keys[slot] != null) {
            slot++;
        }
        if (slot == first + WAYS) {
            slot = first + (victim++ & WAYS - 1);
        }
        keys[slot] = key;
        fields[slot] = field;
        return field;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Attribute keys as the finished {@code KeyValue.key} field, so that a key is turned into UTF-8 once.
 *
 * <p>Not thread-safe. Bounds: {@value #SLOTS} keys of at most {@value #MAX_LENGTH} characters, and as many that were
 * replaced; a new key replaces an old one of the same set, so a stream of ever new keys costs an allocation each and no
 * memory.
 */
final class KeyCache {
    /*
     * Instrumentation writes the same keys in the same order again and again, as the same String objects. So each entry
     * remembers which one followed it last time; it is compared before any hashing and nearly always matches.
     */
    static final int SLOTS = 1024;
    static final int MAX_LENGTH = 256;

    private static final int WAYS = 4;
    private static final int KEY = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final class Entry {
        /** Null when another key has replaced it: it is not found any more and has no next entry. */
        @Nullable
        String key;

        final byte[] field;

        @Nullable
        Entry next;

        Entry(@Nullable String key, byte[] field) {
            this.key = key;
            this.field = field;
        }
    }

    private final @Nullable Entry[] slots = new @Nullable Entry[SLOTS];
    private final Entry none = new Entry(null, new byte[0]);
    private Entry last = none;
    private ProtoBuffer scratch = scratch();
    private int victim;

    /** The key field of a {@code KeyValue}; nothing for the empty key. Not to be written to. */
    byte[] field(String key) {
        Entry guess = last.next;
        if (guess != null && guess.key == key) {
            last = guess;
            return guess.field;
        }
        return search(key);
    }

    private byte[] search(String key) {
        if (key.isEmpty()) {
            return none.field;
        }
        if (key.length() > MAX_LENGTH) {
            return encode(key);
        }
        int hash = key.hashCode();
        int first = ((hash ^ hash >>> 10 ^ hash >>> 20) & SLOTS / WAYS - 1) * WAYS;
        Entry found = null;
        for (int slot = first; slot < first + WAYS && found == null; slot++) {
            Entry candidate = slots[slot];
            if (candidate != null && key.equals(candidate.key)) {
                found = candidate;
            }
        }
        if (found == null) {
            found = learn(key, first);
        }
        last.next = found;
        last = found;
        return found.field;
    }

    private Entry learn(String key, int first) {
        Entry entry = new Entry(key, encode(key));
        int slot = first;
        while (slot < first + WAYS && slots[slot] != null) {
            slot++;
        }
        if (slot == first + WAYS) {
            slot = first + (victim++ & WAYS - 1);
        }
        Entry old = slots[slot];
        if (old != null) {
            old.key = null;
            old.next = null;
            if (last == old) {
                last = none;
            }
        }
        slots[slot] = entry;
        return entry;
    }

    private byte[] encode(String key) {
        scratch.clear();
        scratch.string(KEY, key);
        byte[] field = scratch.toByteArray();
        if (scratch.capacity() > 4 * MAX_LENGTH) {
            scratch = scratch();
        }
        return field;
    }

    private static ProtoBuffer scratch() {
        return new ProtoBuffer(4 * MAX_LENGTH, ProtoBuffer.MAX_BYTES);
    }
}

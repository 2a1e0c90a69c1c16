// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.ScopeLogsCursor;
import dev.weir.log.internal.wire.Utf8;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Numbers for the instrumentation scopes (names of loggers) of one run. Any thread.
 *
 * <p>Bounds: {@value #MAX} scopes and, in a file, the bytes of its catalog; a name that no longer fits gets
 * number 0, the scope without a name.
 */
public final class Scopes {

    /** How many scopes there can be. */
    public static final int MAX = 8192;

    private static final int MAX_NAME = 512;

    private final ConcurrentHashMap<String, Integer> ids = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<byte @Nullable []> fields = new AtomicReferenceArray<>(MAX);
    private final AtomicInteger next = new AtomicInteger(1);
    private volatile @Nullable RingCatalog catalog;

    Scopes(@Nullable RingCatalog catalog) {
        this.catalog = catalog;
        fields.set(0, field(new byte[0]));
    }

    /** The number of {@code name}; 0 when there is no room for another. */
    public int id(String name) {
        Integer id = ids.get(name);
        return id != null ? id : add(name, message(name, ""));
    }

    /** The number of {@code name} with a version; 0 when there is no room for another. */
    public int id(String name, String version) {
        String key = name + '\0' + version;
        Integer id = ids.get(key);
        return id != null ? id : add(key, message(name, version));
    }

    private int add(String key, byte[] message) {
        if (message.length == 0 || next.get() >= MAX) {
            return 0;
        }
        int id = next.getAndIncrement();
        RingCatalog in = catalog;
        if (id >= MAX || !isIn(in, id, message)) {
            return 0;
        }
        fields.set(id, field(message));
        RingCatalog now = catalog;
        // The thread that moved the scopes meanwhile may have missed this one.
        if (now != in && !isIn(now, id, message)) {
            return 0;
        }
        Integer other = ids.putIfAbsent(key, id);
        return other == null ? id : other;
    }

    private static boolean isIn(@Nullable RingCatalog catalog, int id, byte[] message) {
        return catalog == null || catalog.add(RingCatalog.SCOPE, id, message);
    }

    /** From now on what is new is in {@code to}, and so is what there was; null keeps it in memory. One thread at a time. */
    void moveTo(@Nullable RingCatalog to) {
        catalog = to;
        int end = to == null ? 0 : Math.min(MAX, next.get());
        for (int id = 1; id < end; id++) {
            byte[] field = fields.get(id);
            if (field != null) {
                isIn(to, id, message(field));
            }
        }
    }

    /** Puts back what the catalog of an earlier run says. */
    void restore(int id, byte[] message) {
        if (id > 0 && id < MAX) {
            fields.set(id, field(message));
        }
    }

    /** The field {@code scope} of a {@code ScopeLogs}. */
    public byte[] field(int id) {
        byte[] field = id < MAX ? fields.get(id) : null;
        if (field != null) {
            return field;
        }
        byte[] nameless = fields.get(0);
        return nameless == null ? new byte[0] : nameless;
    }

    /** The message {@code InstrumentationScope}; empty for an empty name. */
    private static byte[] message(String name, String version) {
        ByteBuffer message = ByteBuffer.allocate(2 * (MAX_NAME + 4));
        text(message, 0x0a, name);
        text(message, 0x12, version);
        return java.util.Arrays.copyOf(message.array(), message.position());
    }

    private static void text(ByteBuffer message, int tag, String text) {
        if (!text.isEmpty()) {
            byte[] utf8 = new byte[Math.min(MAX_NAME, text.length() * 3)];
            int length = Utf8.write(text, utf8, 0, utf8.length);
            message.put((byte) tag);
            ScopeLogsCursor.putVarint(message, length);
            message.put(utf8, 0, length);
        }
    }

    /** What {@link #field(byte[])} was made of. */
    private static byte[] message(byte[] field) {
        int start = 1;
        while (field[start] < 0) {
            start++;
        }
        return java.util.Arrays.copyOfRange(field, start + 1, field.length);
    }

    /** {@code 0x0a length message}. */
    private static byte[] field(byte[] message) {
        ByteBuffer field = ByteBuffer.allocate(1 + RecordEncoder.varintSize(message.length) + message.length);
        field.put((byte) 0x0a);
        ScopeLogsCursor.putVarint(field, message.length);
        field.put(message);
        return field.array();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.ScopeLogsCursor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects frames of the ring and lays them out as one entry of the store: fields {@code scope_logs} of a
 * {@code ResourceLogs}, one for each scope. The store then holds what the exporter sends, and nothing is parsed again.
 *
 * <p>The writer's own; bounds {@value #MAX_BYTES} bytes of payload (or one record), {@value #MAX_FRAMES} records and
 * {@value #MAX_SCOPES} scopes. It has one buffer outside the heap, which is large enough for these from the start.
 */
public final class ChunkBuilder implements FrameSource.FrameConsumer {

    public static final int MAX_BYTES = 128 << 10;
    public static final int MAX_FRAMES = 2048;
    public static final int MAX_SCOPES = 64;

    /** A scope with the longest name and version, and the lengths around it. */
    private static final int SCOPE_BYTES = 2 * 512 + 32;

    /** {@code ResourceLogs.scope_logs}. */
    private static final byte SCOPE_LOGS = 0x12;

    private final int[] offsets = new int[MAX_FRAMES];
    private final int[] lengths = new int[MAX_FRAMES];
    private final int[] nextOfScope = new int[MAX_FRAMES];
    private final int[] scopes = new int[MAX_SCOPES];
    private final int[] firsts = new int[MAX_SCOPES];
    private final int[] lasts = new int[MAX_SCOPES];
    private final int[] scopeBytes = new int[MAX_SCOPES];
    private final int[] severities = new int[Entry.CLASSES];
    private int frames;
    private int scopeCount;
    private int lastScope;
    private int bytes;
    private final List<LostRecord> lost = new ArrayList<>();
    private final ByteBuffer usual = ByteBuffer.allocateDirect(MAX_BYTES + MAX_SCOPES * SCOPE_BYTES + Entry.HEADER);

    public void reset() {
        frames = 0;
        scopeCount = 0;
        lastScope = 0;
        bytes = 0;
        lost.clear();
        Arrays.fill(severities, 0);
    }

    public int records() {
        return frames;
    }

    /** The places between the records whose producers failed. */
    public List<LostRecord> lost() {
        return lost;
    }

    @Override
    public void lost(int header) {
        lost.add(LostRecord.of(header));
    }

    @Override
    public boolean frame(int offset, int length, int header) {
        if (frames == MAX_FRAMES || (frames > 0 && bytes + length > MAX_BYTES)) {
            return false;
        }
        int slot = slot(header & 0xffff);
        if (slot < 0) {
            return false;
        }
        int frame = frames++;
        offsets[frame] = offset;
        lengths[frame] = length;
        nextOfScope[frame] = -1;
        if (firsts[slot] < 0) {
            firsts[slot] = frame;
        } else {
            nextOfScope[lasts[slot]] = frame;
        }
        lasts[slot] = frame;
        scopeBytes[slot] += length;
        bytes += length;
        severities[Entry.severityClass(header >>> 16 & 0xff)]++;
        return true;
    }

    private int slot(int scope) {
        if (lastScope < scopeCount && scopes[lastScope] == scope) {
            return lastScope;
        }
        for (int i = 0; i < scopeCount; i++) {
            if (scopes[i] == scope) {
                lastScope = i;
                return i;
            }
        }
        if (scopeCount == MAX_SCOPES) {
            return -1;
        }
        int slot = scopeCount++;
        scopes[slot] = scope;
        firsts[slot] = -1;
        scopeBytes[slot] = 0;
        lastScope = slot;
        return slot;
    }

    /** The entry, its counts filled in, unsealed; valid until the next frame. */
    public ByteBuffer build(FrameSource source, Scopes names) {
        int size = Entry.HEADER;
        for (int slot = 0; slot < scopeCount; slot++) {
            int inner = names.field(scopes[slot]).length + scopeBytes[slot];
            size += 1 + RecordEncoder.varintSize(inner) + inner;
        }
        ByteBuffer entry = usual.capacity() < size ? ByteBuffer.allocate(size) : usual;
        entry.clear().order(ByteOrder.LITTLE_ENDIAN).position(Entry.HEADER);
        for (int slot = 0; slot < scopeCount; slot++) {
            byte[] scope = names.field(scopes[slot]);
            entry.put(SCOPE_LOGS);
            ScopeLogsCursor.putVarint(entry, scope.length + scopeBytes[slot]);
            entry.put(scope);
            for (int frame = firsts[slot]; frame >= 0; frame = nextOfScope[frame]) {
                source.copy(offsets[frame], entry, entry.position(), lengths[frame]);
                entry.position(entry.position() + lengths[frame]);
            }
        }
        entry.flip();
        for (int i = 0; i < severities.length; i++) {
            Entry.count(entry, i, severities[i]);
        }
        return entry;
    }
}

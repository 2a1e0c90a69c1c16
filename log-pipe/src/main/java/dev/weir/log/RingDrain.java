// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.pipe.Rings;
import dev.weir.log.internal.ring.ChunkBuilder;
import dev.weir.log.internal.ring.FrameSource;
import dev.weir.log.internal.ring.LiveRing;
import dev.weir.log.internal.ring.RingFile.Condition;
import dev.weir.log.internal.ring.RingRun;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Journal;
import java.nio.ByteBuffer;

/**
 * Moves the records of the live rings into a store, a chunk at a time: the store has them, then the ring forgets them.
 * The disk's thread.
 */
final class RingDrain {

    private final Rings rings;
    private final RingRun run;
    private final RingInput input;
    private final ChunkBuilder chunk;
    private final Refusals refusals;
    private final Ticker ticker;
    private final ThrottledLog log;

    RingDrain(Rings rings, RingInput input, ChunkBuilder chunk, Refusals refusals, Ticker ticker, ThrottledLog log) {
        this.rings = rings;
        this.run = rings.run();
        this.input = input;
        this.chunk = chunk;
        this.refusals = refusals;
        this.ticker = ticker;
        this.log = log;
    }

    /**
     * Moves at most {@code chunks} chunks; ends when there is nothing more to poll or the store refuses.
     *
     * @return how many records {@code to} has taken
     */
    int move(Journal to, int chunks) {
        int work = 0;
        for (int i = 0; i < chunks; i++) {
            LiveRing ring = rings.draining();
            FrameSource frames = ring.frames();
            chunk.reset();
            int records = frames.poll(chunk);
            ByteBuffer entry = chunk.build(frames, run.scopes());
            if (ring.look() == Condition.CUT) {
                // Its memory gave whatever was in a register, and the error for it may come later.
                rings.suspect();
                ring.ring().rewind();
                break;
            }
            if (records == 0) {
                if (!goesOn(ring)) {
                    break;
                }
                continue;
            }
            if (!to.append(entry, Entry.SCOPE_LOGS, 1, records, run.runId(), run.resource(), frames.polled())) {
                ring.ring().rewind();
                refusals.refusedBy(to);
                break;
            }
            // Before the ring forgets them: where its file was cut, it cannot.
            rings.storedUntil(frames.polled());
            input.records().stored(records);
            input.lost(chunk.lost());
            frames.release();
            work += records;
            refusals.stored();
        }
        return work;
    }

    /**
     * Nothing was polled of {@code ring}; whether there may be more, behind a place that was given up or in the next
     * ring.
     */
    private boolean goesOn(LiveRing ring) {
        FrameSource frames = ring.frames();
        rings.storedUntil(frames.polled());
        input.lost(chunk.lost());
        frames.release();
        if (ring.healer().heal(ticker.nanoTime())) {
            log.warn("a thread died while it put a record into the ring; its place in the ring is skipped");
            return true;
        }
        boolean drained = rings.isDrained();
        if (drained) {
            rings.retire(input);
        }
        return drained;
    }
}

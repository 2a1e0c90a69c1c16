// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.ring.ChunkBuilder;
import dev.weir.log.internal.ring.LiveRing;
import dev.weir.log.internal.ring.LostRecord;
import dev.weir.log.internal.ring.OldRing;
import dev.weir.log.internal.ring.RingFile;
import dev.weir.log.internal.ring.Scopes;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Brings into a store what can be read of the files of rings: those of earlier runs, and the one of this run that was cut. Each from
 * the first record that no store has. The disk's thread.
 */
public final class Replays {

    /** The store refused records: they are read again. */
    public static final int REFUSED = -1;

    private final Rings rings;
    private final LongUnaryOperator storedUntil;
    private final RingInput input;
    private final RecordAccount account;
    private final ChunkBuilder chunk;
    private final TelemetryLoop io;
    private final Ticker ticker;
    private final ThrottledLog log;

    private @Nullable Replay current;

    /** A file that is being read, and the account of it. */
    private abstract static class Replay {

        final OldRing from;
        final Scopes scopes;
        long corrupted;
        long damaged;

        Replay(OldRing from, Scopes scopes) {
            this.from = from;
            this.scopes = scopes;
        }

        abstract void stored(int records);

        /** {@code records} were damaged, in {@code places}, before something that was stored or the end. */
        abstract void corrupted(long records, long places);

        abstract void lost(List<LostRecord> places);

        abstract void end();
    }

    /** @param storedUntil where, in the ring of a run, the records end that a store has */
    public Replays(
            Rings rings,
            LongUnaryOperator storedUntil,
            RingInput input,
            RecordAccount account,
            ChunkBuilder chunk,
            TelemetryLoop io,
            Ticker ticker) {
        this.rings = rings;
        this.storedUntil = storedUntil;
        this.input = input;
        this.account = account;
        this.chunk = chunk;
        this.io = io;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
    }

    public boolean isPending() {
        return rings.hasEarlierRuns() || rings.cut() != null;
    }

    /** What was read and is not stored is read again. */
    public void beginAnew() {
        assert io.inLoop();
        current = null;
    }

    /** @return what was done, 0 when nothing can be done now, or {@link #REFUSED} */
    public int step(Journal to) {
        assert io.inLoop();
        Replay replay = current;
        if (replay == null) {
            if (!rings.hasEarlierRuns() && !isDeserted()) {
                return 0;
            }
            replay = rings.hasEarlierRuns() ? openEarlierRun() : openCut();
            current = replay;
        }
        return replay == null ? 1 : step(replay, to);
    }

    private int step(Replay replay, Journal to) {
        OldRing from = replay.from;
        chunk.reset();
        int records = from.poll(chunk);
        ByteBuffer entry = chunk.build(from, replay.scopes);
        if (from.isCut()) {
            beginAnew();
            return 1;
        }
        if (records > 0) {
            if (!to.append(entry, Entry.SCOPE_LOGS, 1, records, from.runId(), from.resource(), from.polled())) {
                beginAnew();
                return REFUSED;
            }
            replay.stored(records);
        }
        replay.corrupted(from.corrupted() - replay.corrupted, from.damaged() - replay.damaged);
        replay.corrupted = from.corrupted();
        replay.damaged = from.damaged();
        replay.lost(chunk.lost());
        if (records > 0) {
            return records;
        }
        // All of it is stored; only when that is on the medium may the file go.
        to.force();
        current = null;
        replay.end();
        return 1;
    }

    /** Null when it cannot be read. */
    private @Nullable Replay openEarlierRun() {
        Path path = Objects.requireNonNull(rings.ofEarlierRun());
        try {
            OldRing old = OldRing.open(path);
            old.skipTo(storedUntil.applyAsLong(old.runId()));
            return new OfEarlierRun(old);
        } catch (IOException e) {
            log.warn("the ring of an earlier run cannot be read and stays for a later run: " + path, e);
            rings.passed();
            return null;
        }
    }

    private final class OfEarlierRun extends Replay {

        OfEarlierRun(OldRing from) {
            super(from, from.scopes());
        }

        @Override
        void stored(int records) {
            account.recovered(records);
        }

        @Override
        void corrupted(long records, long places) {
            account.corruptedInRing(records, places);
        }

        @Override
        void lost(List<LostRecord> places) {
            // That run has counted them.
        }

        @Override
        void end() {
            rings.passed();
            try {
                from.delete();
            } catch (IOException e) {
                log.warn("the ring of an earlier run cannot be removed: " + from.path(), e);
            }
        }
    }

    /** Whether no record can be on its way into the ring that was cut. */
    private boolean isDeserted() {
        LiveRing cut = rings.cut();
        return cut != null && cut.healer().isDeserted(ticker.nanoTime());
    }

    /** Null when it cannot be read. */
    private @Nullable Replay openCut() {
        RingFile file = Objects.requireNonNull(rings.draining().file(), "only a file can be cut");
        try {
            OldRing old = OldRing.open(file.path());
            old.skipTo(rings.stored());
            return new OfCut(old);
        } catch (IOException e) {
            log.warn("the log pipe's ring was cut and cannot be read: " + file.path(), e);
            endCut();
            return null;
        }
    }

    private final class OfCut extends Replay {

        OfCut(OldRing from) {
            super(from, rings.run().scopes());
        }

        @Override
        void stored(int records) {
            rings.storedUntil(from.polled());
            input.records().stored(records);
        }

        @Override
        void corrupted(long records, long places) {
            // They are among what is missing at the end.
        }

        @Override
        void lost(List<LostRecord> places) {
            input.lost(places);
        }

        @Override
        void end() {
            endCut();
        }
    }

    private void endCut() {
        long end = rings.draining().ring().tail();
        rings.storedUntil(end);
        account.ringCut(rings.acceptedBefore());
        rings.retire(input);
    }
}

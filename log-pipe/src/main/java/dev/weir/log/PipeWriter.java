// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Duty;
import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import dev.weir.log.internal.ring.FrameSource;
import dev.weir.log.internal.ring.OldRing;
import dev.weir.log.internal.ring.Ring;
import dev.weir.log.internal.ring.Scopes;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.Mark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Moves records from the ring into the store and from there to the subscriber. All of it runs on the disk's thread.
 *
 * <p>Order of a hand-over: the store has the records, then the ring forgets them. What dies in between is found twice and
 * told apart by its position.
 */
final class PipeWriter implements Duty {

    /** How long a record may wait in the ring for company. The ring is as durable as the store. */
    static final Duration LINGER = Duration.ofMillis(10);

    /**
     * How long the thread rests at most while nothing is under way. A record that comes meanwhile is in the ring; many of them
     * end the rest ({@link Intake}).
     */
    private static final long QUIET_NANOS = Duration.ofMillis(100).toNanos();

    private static final int CHUNKS_PER_ROUND = 8;
    private static final long RETRY_NANOS = Duration.ofMillis(500).toNanos();
    private static final long HOUSEKEEPING_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int FAILURES_BEFORE_FALLBACK = 3;

    /** At the end a record that is being copied is waited for: 1,000 × 100 µs. One that takes longer stays in the ring's file. */
    private static final int PRODUCER_PATIENCE = 1_000;

    private static final long PRODUCER_STEP_NANOS = 100_000;

    private final LogPipe pipe;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final StoreOpener opener;
    private final FrameSource frames;
    private final Ring ring;
    private final Scopes scopes;
    private final long runId;
    private final byte[] resource;
    private final boolean fsync;
    private final long quietNanos;
    private final ChunkBuilder chunk = new ChunkBuilder();
    private final Deque<Path> oldRings;
    private final Intake intake;
    private final Holdings holdings;
    private final GroupCommit commit;
    private final Batches batches;

    private @Nullable Journal journal;
    private @Nullable Journal leftover;
    private @Nullable OldRing replaying;
    private long nextDrainNanos;
    private long retryNanos;
    private long nextHousekeepingNanos;
    private long stored;
    private int failures;
    private boolean blocked;

    PipeWriter(LogPipe pipe, PipeParts parts, Batches batches, Intake intake, Holdings holdings) {
        this.pipe = pipe;
        this.ticker = parts.ticker();
        this.log = ThrottledLog.of("weir.log", ticker);
        this.opener = parts.opener();
        this.frames = parts.frames();
        this.ring = parts.ring();
        this.scopes = parts.scopes();
        this.runId = parts.runId();
        this.resource = parts.resource();
        this.fsync = parts.fsyncNanos() > 0;
        // The first record after a rest is forced to the medium in the round that finds it.
        this.quietNanos = fsync ? Math.min(QUIET_NANOS, parts.fsyncNanos()) : QUIET_NANOS;
        this.oldRings = new ArrayDeque<>(parts.oldRings());
        this.batches = batches;
        this.intake = intake;
        this.holdings = holdings;
        this.commit = new GroupCommit(ticker, parts.fsyncNanos(), pipe::forceSpools);
        long now = ticker.nanoTime();
        this.nextDrainNanos = now;
        this.retryNanos = now;
        this.nextHousekeepingNanos = now;
    }

    @Override
    public int doWork() {
        Journal to = opened();
        long now = ticker.nanoTime();
        int work = 0;
        if (now - retryNanos >= 0) {
            if (leftover != null && leftover.held() > 0) {
                work += move(leftover, to);
            } else if (!oldRings.isEmpty() || replaying != null) {
                work += replay(to);
            } else {
                work += drain(to, now);
            }
        }
        // A store that keeps failing was replaced meanwhile.
        to = opened();
        work += batches.serve(to, pipe.isHurried());
        if (commit.isDue(now)) {
            if (now - retryNanos >= 0) {
                work += emptyRing(to);
            }
            commit.run(opened(), stored);
        }
        if (now - nextHousekeepingNanos >= 0) {
            nextHousekeepingNanos = now + HOUSEKEEPING_NANOS;
            pipe.adjustClock();
            to.expire();
            pipe.expireSpools();
            pipe.announceDrops();
        }
        return work;
    }

    @Override
    public long restNanos(long idleNanos) {
        Journal to = journal;
        boolean quiet = to != null
                && !(fsync && to.isDirty())
                && ring.used() == 0
                && !batches.isWaiting()
                && !commit.isAwaited()
                && oldRings.isEmpty()
                && (leftover == null || leftover.held() == 0);
        return quiet ? Math.max(idleNanos, quietNanos) : idleNanos;
    }

    private Journal opened() {
        Journal to = journal;
        if (to == null) {
            to = opener.open(holdings::lost);
            journal = to;
            holdings.opened(to);
            leftover = opener.leftover(holdings::lost);
            if (leftover != null) {
                holdings.leftover(leftover);
            }
        }
        return to;
    }

    /** Empties the store of another kind; it stays open until the rings of its run are told apart from what it had. */
    private int move(Journal from, Journal to) {
        ByteBuffer entry = from.peek();
        if (entry == null) {
            return 0;
        }
        int records = Entry.records(entry);
        long until = Entry.until(entry);
        byte[] others = from.peekedResource();
        if (!to.append(entry, Entry.SCOPE_LOGS, 1, records, from.peekedRunId(), others, until)) {
            refusedByStore(to);
            return 0;
        }
        Mark mark = from.take().to();
        if (fsync && from.unreadBytes() == 0) {
            to.force();
        }
        from.forgetUntil(mark);
        from.moved(records);
        return records;
    }

    private int replay(Journal to) {
        OldRing from = replaying;
        if (from == null) {
            Path path = oldRings.peekFirst();
            try {
                from = OldRing.open(path);
            } catch (IOException e) {
                log.warn("a ring of an earlier run cannot be read and was set aside: " + path, e);
                setAside(path);
                oldRings.pollFirst();
                return 1;
            }
            from.skipTo(to.storedUntil(from.runId()));
            if (leftover != null) {
                from.skipTo(leftover.storedUntil(from.runId()));
            }
            replaying = from;
        }
        chunk.reset();
        if (from.poll(chunk) > 0) {
            int records = chunk.records();
            ByteBuffer entry = chunk.build(from, from.scopes());
            if (!to.append(entry, Entry.SCOPE_LOGS, 1, records, from.runId(), from.resource(), from.polled())) {
                replaying = null;
                refusedByStore(to);
                return 0;
            }
            holdings.recovered(records);
            return records;
        }
        // All of it is stored; only when that is on the medium may the file go.
        to.force();
        replaying = null;
        oldRings.pollFirst();
        try {
            from.delete();
        } catch (IOException e) {
            log.warn("the ring of an earlier run cannot be removed: " + from.path(), e);
        }
        return 1;
    }

    private void setAside(Path path) {
        try {
            java.nio.file.Files.move(path, path.resolveSibling(path.getFileName() + ".damaged"));
        } catch (IOException e) {
            log.warn("it cannot be set aside either", e);
        }
    }

    private int drain(Journal to, long now) {
        if (ring.used() == 0) {
            nextDrainNanos = now + LINGER.toNanos();
            return 0;
        }
        if (now - nextDrainNanos < 0
                && ring.used() < Math.min(ChunkBuilder.MAX_BYTES, ring.capacity() / 4)
                && !commit.isAwaited()
                && !pipe.isHurried()) {
            return 0;
        }
        int work = drain(to, CHUNKS_PER_ROUND);
        nextDrainNanos = now + LINGER.toNanos();
        return work;
    }

    /** Before a wait for the disk, so that the whole ring is there for what comes meanwhile. */
    private int emptyRing(Journal to) {
        boolean older = !oldRings.isEmpty() || (leftover != null && leftover.held() > 0);
        return older ? 0 : drain(to, ring.capacity() / ChunkBuilder.MAX_BYTES + 1);
    }

    private int drain(Journal to, int chunks) {
        int work = 0;
        for (int i = 0; i < chunks; i++) {
            chunk.reset();
            int records = frames.poll(chunk);
            if (records == 0) {
                frames.release();
                break;
            }
            ByteBuffer entry = chunk.build(frames, scopes);
            if (!to.append(entry, Entry.SCOPE_LOGS, 1, records, runId, resource, frames.polled())) {
                ring.rewind();
                refusedByStore(to);
                break;
            }
            frames.release();
            intake.records.stored(records);
            stored = frames.polled();
            work += records;
            if (blocked) {
                blocked = false;
                intake.blockedBy(null);
            }
            failures = 0;
        }
        return work;
    }

    private void refusedByStore(Journal to) {
        retryNanos = ticker.nanoTime() + RETRY_NANOS;
        String problem = to.problem();
        blocked = true;
        intake.blockedBy(problem == null ? "the store refuses records" : problem);
        log.warn("log records wait in the ring: " + problem
                + "; once the ring is full, records are dropped and counted");
        if (!to.isFull() && ++failures >= FAILURES_BEFORE_FALLBACK) {
            failures = 0;
            fallBack(to);
        }
    }

    private void fallBack(Journal from) {
        Journal next = opener.fallBack(from, holdings::lost);
        if (next != null) {
            journal = next;
            retryNanos = ticker.nanoTime();
            holdings.opened(next);
        }
    }

    /** See {@link GroupCommit#await}. */
    void await(long position, GroupCommit.Answer done) {
        commit.await(position, done);
    }

    /** Stores what is in the ring, forces it and lets go of the files. */
    void finish() {
        Journal to = opened();
        nextDrainNanos = ticker.nanoTime();
        retryNanos = nextDrainNanos;
        while (leftover != null && leftover.held() > 0 && !blocked && move(leftover, to) > 0) {
            nextDrainNanos = ticker.nanoTime();
        }
        while (!oldRings.isEmpty() && !blocked) {
            replay(to);
        }
        drainWhole();
        for (int i = 0; i < PRODUCER_PATIENCE && !blocked && ring.isWaitingForProducer(); i++) {
            LockSupport.parkNanos(this, PRODUCER_STEP_NANOS);
            drainWhole();
        }
        commit.run(opened(), stored);
        opened().force();
        commit.end();
    }

    private void drainWhole() {
        nextDrainNanos = ticker.nanoTime();
        while (!blocked && drain(opened(), ticker.nanoTime()) > 0) {
            nextDrainNanos = ticker.nanoTime();
        }
    }

    void closeJournal() {
        Journal to = journal;
        if (to != null) {
            to.close();
        }
        if (leftover != null) {
            leftover.close();
        }
    }
}

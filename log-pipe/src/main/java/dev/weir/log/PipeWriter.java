// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Duty;
import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import dev.weir.log.internal.ring.FrameSource;
import dev.weir.log.internal.ring.OldRing;
import dev.weir.log.internal.ring.Ring;
import dev.weir.log.internal.ring.RingHealer;
import dev.weir.log.internal.ring.Scopes;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Extent;
import dev.weir.log.internal.store.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
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
    private final Stores stores;
    private final FrameSource frames;
    private final Ring ring;
    private final RingHealer healer;
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

    private @Nullable OldRing replaying;
    /** What was counted of its damage. */
    private long corrupted;

    private long damaged;
    private long nextDrainNanos;
    private long retryNanos;
    private long nextHousekeepingNanos;
    private long stored;
    private int failures;
    private boolean blocked;
    private boolean opened;
    private boolean finished;
    /** Flushes that wait until the store in use is the one that was wanted. */
    private final List<Runnable> flushes = new ArrayList<>();

    PipeWriter(LogPipe pipe, PipeParts parts, Batches batches, Intake intake, Holdings holdings) {
        this.pipe = pipe;
        this.ticker = parts.ticker();
        this.log = ThrottledLog.of("weir.log", ticker);
        this.frames = parts.frames();
        this.ring = parts.ring();
        this.healer = new RingHealer(ring);
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
        this.stores = new Stores(parts.opener(), holdings, ticker, runId, resource);
        this.commit = new GroupCommit(ticker, parts.fsyncNanos(), pipe::forceSpools);
        long now = ticker.nanoTime();
        this.nextDrainNanos = now;
        this.retryNanos = now;
        this.nextHousekeepingNanos = now;
    }

    /** Each stage by itself: what one of them throws keeps none of the others from its work. */
    @Override
    public int doWork() {
        long now = ticker.nanoTime();
        return attempt(() -> tend())
                + attempt(() -> now - retryNanos >= 0 ? store(now) : 0)
                + attempt(() -> batches.serve(stores.readable(), pipe.isHurried()))
                + attempt(() -> commit(now))
                + attempt(() -> keepHouse(now));
    }

    private int attempt(IntSupplier stage) {
        try {
            return stage.getAsInt();
        } catch (OutOfMemoryError e) {
            shortOfMemory(e);
        } catch (Throwable e) {
            ring.rewind();
            retryNanos = ticker.nanoTime() + RETRY_NANOS;
            log.warn("a step of the log pipe failed; it is tried again", e);
        }
        return 0;
    }

    private int tend() {
        stores.tend();
        opened = true;
        if (!flushes.isEmpty() && stores.isSettled()) {
            flushes.forEach(Runnable::run);
            flushes.clear();
        }
        return 0;
    }

    private int store(long now) {
        Journal to = stores.current();
        Journal movable = stores.movable();
        if (movable != null) {
            return move(movable, to);
        }
        return !oldRings.isEmpty() || replaying != null ? replay(to) : drain(to, now);
    }

    private int commit(long now) {
        if (commit.isDue(now)) {
            int work = now - retryNanos >= 0 ? emptyRing(stores.current()) : 0;
            commit.run(stores.current(), stored);
            return work;
        }
        return 0;
    }

    private int keepHouse(long now) {
        if (now - nextHousekeepingNanos >= 0) {
            nextHousekeepingNanos = now + HOUSEKEEPING_NANOS;
            pipe.adjustClock();
            ring.forgetEndedProducers();
            stores.expire();
            batches.trim();
            pipe.expireSpools();
            pipe.announceDrops();
        }
        return 0;
    }

    /** Nothing is lost by it: what was polled is polled again, and what is stored already is served meanwhile. */
    private void shortOfMemory(OutOfMemoryError cause) {
        ring.rewind();
        replaying = null;
        retryNanos = ticker.nanoTime() + RETRY_NANOS;
        log.warn("log records wait in the ring: there is no memory to store them", cause);
    }

    @Override
    public long restNanos(long idleNanos) {
        boolean quiet = opened
                && !(fsync && stores.current().isDirty())
                && ring.used() == 0
                && !batches.isWaiting()
                && !commit.isAwaited()
                && flushes.isEmpty()
                && oldRings.isEmpty()
                && stores.movable() == null;
        return quiet ? Math.max(idleNanos, quietNanos) : idleNanos;
    }

    /** What is in memory goes to a store that works again. */
    private int move(Journal from, Journal to) {
        int moved = 0;
        for (int i = 0; i < CHUNKS_PER_ROUND; i++) {
            ByteBuffer entry = from.peek();
            if (entry == null) {
                break;
            }
            int records = Entry.records(entry);
            long until = Entry.until(entry);
            byte[] others = from.peekedResource();
            if (!to.append(entry, Entry.SCOPE_LOGS, 1, records, from.peekedRunId(), others, until)) {
                refusedByStore(to);
                break;
            }
            Extent taken = from.take();
            from.moved(taken);
            from.forgetUntil(taken.to());
            moved += records;
        }
        return moved;
    }

    private int replay(Journal to) {
        OldRing from = replaying;
        if (from == null) {
            Path path = oldRings.peekFirst();
            try {
                from = OldRing.open(path);
            } catch (IOException e) {
                log.warn("the ring of an earlier run stays for one that can read it: " + path, e);
                oldRings.pollFirst();
                return 1;
            }
            from.skipTo(stores.storedUntil(from.runId()));
            replaying = from;
            corrupted = 0;
            damaged = 0;
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
            countDamage(from);
            return records;
        }
        countDamage(from);
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

    /** Only what lies before something that was stored: what was not stored is read again, and its damage found again. */
    private void countDamage(OldRing in) {
        holdings.corruptedInRing(in.corrupted() - corrupted, in.damaged() - damaged);
        corrupted = in.corrupted();
        damaged = in.damaged();
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
        boolean older = !oldRings.isEmpty() || stores.movable() != null;
        return older ? 0 : drain(to, ring.capacity() / ChunkBuilder.MAX_BYTES + 1);
    }

    private int drain(Journal to, int chunks) {
        int work = 0;
        for (int i = 0; i < chunks; i++) {
            chunk.reset();
            int records = frames.poll(chunk);
            if (records == 0) {
                frames.release();
                stored = frames.polled();
                intake.lost(chunk.lost());
                if (healer.heal(ticker.nanoTime())) {
                    log.warn("a thread died while it put a record into the ring; its place was given up");
                    continue;
                }
                break;
            }
            ByteBuffer entry = chunk.build(frames, scopes);
            if (!to.append(entry, Entry.SCOPE_LOGS, 1, records, runId, resource, frames.polled())) {
                ring.rewind();
                refusedByStore(to);
                break;
            }
            frames.release();
            intake.lost(chunk.lost());
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
            stores.currentFails(problem);
            retryNanos = ticker.nanoTime();
        }
    }

    /** See {@link GroupCommit#await}. */
    void await(long position, GroupCommit.Answer done) {
        commit.await(position, done);
    }

    /** As {@link #await}, in the store that was wanted, unless that one cannot be had now. */
    void flush(long position, GroupCommit.Answer done) {
        stores.hurry();
        Runnable flush = () -> commit.await(position, done);
        if (finished || stores.isSettled()) {
            flush.run();
        } else {
            flushes.add(flush);
        }
    }

    /** Stores what is in the ring, forces it and lets go of the files. */
    void finish() {
        Journal to = stores.current();
        nextDrainNanos = ticker.nanoTime();
        retryNanos = nextDrainNanos;
        Journal movable = stores.movable();
        while (movable != null && !blocked && move(movable, to) > 0) {
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
        finished = true;
        flushes.forEach(Runnable::run);
        flushes.clear();
        commit.run(stores.current(), stored);
        stores.current().force();
        commit.end();
    }

    private void drainWhole() {
        nextDrainNanos = ticker.nanoTime();
        while (!blocked && drain(stores.current(), ticker.nanoTime()) > 0) {
            nextDrainNanos = ticker.nanoTime();
        }
    }

    void closeStores() {
        stores.close();
    }
}

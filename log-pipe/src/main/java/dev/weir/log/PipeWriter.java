// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Duty;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.pipe.GroupCommit;
import dev.weir.log.internal.pipe.Leftovers;
import dev.weir.log.internal.pipe.RecordAccount;
import dev.weir.log.internal.pipe.Replays;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.pipe.Rings;
import dev.weir.log.internal.ring.ChunkBuilder;
import dev.weir.log.internal.ring.RingRun;
import dev.weir.log.internal.spool.PipeSpool;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.RecordRange;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * Moves records from the ring into the store and from there to the subscriber. All of it runs on the disk's thread.
 *
 * <p>Order of a hand-over: the store has the records, then the ring forgets them. What dies in between is found twice
 * and recognized by its position.
 */
final class PipeWriter implements Duty {

    /**
     * How long the thread rests at most while nothing is under way. A record that comes meanwhile is in the ring; many
     * of them end the rest ({@link RingInput}).
     */
    private static final long QUIET_NANOS = Duration.ofMillis(100).toNanos();

    /**
     * So long after the last record the thread looks into the ring again and again; then the next record wakes it. To
     * wake it takes microseconds of the thread that logs, which one that logs often does not pay.
     */
    private static final long LOUD_NANOS = Duration.ofSeconds(1).toNanos();

    private static final int CHUNKS_PER_ROUND = 8;
    private static final long HOUSEKEEPING_NANOS = Duration.ofSeconds(1).toNanos();

    /**
     * At the end a record that is being copied is waited for: 1,000 × 100 µs. One that takes longer stays in the ring's
     * file.
     */
    private static final int PRODUCER_PATIENCE = 1_000;

    private static final long PRODUCER_STEP_NANOS = 100_000;

    private final PipeState state;
    private final DropAnnouncer announcer;
    private final TelemetryLoop io;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final Stores stores;
    private final Rings rings;
    private final RingRun run;
    private final boolean fsync;
    private final long quietNanos;
    private final Refusals refusals;
    private final RingDrain drain;
    private final RingInput input;
    private final GroupCommit commit;
    private final Batches batches;
    private final Replays replays;
    private final RecordAccount account;
    private final Leftovers leftovers;

    private final IntSupplier[] stages = {this::tend, this::store, this::serve, this::commit, this::keepHouse};

    /** When the round began. */
    private long now;

    private long nextDrainNanos;
    private long nextHousekeepingNanos;
    private long lastRecordNanos;
    private boolean opened;
    private boolean finished;
    /** Flushes that wait until the store in use is the one that was wanted. */
    private final List<Runnable> flushes = new ArrayList<>();

    PipeWriter(
            PipeState state,
            DropAnnouncer announcer,
            PipeParts parts,
            Batches batches,
            RingInput input,
            RecordAccount account) {
        this.state = state;
        this.announcer = announcer;
        this.io = parts.io();
        this.ticker = parts.ticker();
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
        this.rings = parts.rings();
        this.run = rings.run();
        this.fsync = parts.fsyncNanos() > 0;
        // The first record after a rest is forced to the medium in the round that finds it.
        this.quietNanos = fsync ? Math.min(QUIET_NANOS, parts.fsyncNanos()) : QUIET_NANOS;
        this.batches = batches;
        this.input = input;
        this.stores = new Stores(parts.opener(), account, io, ticker, run.runId(), run.resource());
        this.refusals = new Refusals(input, stores, ticker, log);
        ChunkBuilder chunk = new ChunkBuilder();
        this.drain = new RingDrain(rings, input, chunk, refusals, ticker, log);
        this.commit =
                new GroupCommit(ticker, parts.fsyncNanos(), () -> state.spools().forEach(PipeSpool::force));
        this.account = account;
        this.leftovers = parts.leftovers();
        this.replays = new Replays(rings, stores::storedUntil, input, account, chunk, io, ticker);
        long now = ticker.nanoTime();
        this.nextDrainNanos = now;
        this.lastRecordNanos = now;
        this.nextHousekeepingNanos = now;
    }

    /** Each stage by itself: what one of them throws keeps none of the others from its work. */
    @Override
    public int doWork() {
        assert io.inLoop();
        now = ticker.nanoTime();
        int work = 0;
        for (IntSupplier stage : stages) {
            work += attempt(stage);
        }
        return work;
    }

    private int attempt(IntSupplier stage) {
        try {
            return stage.getAsInt();
        } catch (OutOfMemoryError e) {
            shortOfMemory(e);
        } catch (Throwable e) {
            if (e instanceof InternalError) {
                rings.suspect();
            }
            begin();
            refusals.tryLater();
            log.warn("a step of the log pipe failed; it is tried again", e);
        }
        return 0;
    }

    /** What was polled and is not stored is polled again. */
    private void begin() {
        rings.draining().ring().rewind();
        replays.beginAnew();
    }

    private int tend() {
        stores.tend();
        tendRings();
        opened = true;
        if (!flushes.isEmpty() && stores.isSettled()) {
            flushes.forEach(Runnable::run);
            flushes.clear();
        }
        return 0;
    }

    private void tendRings() {
        if (input.wasSuspected()) {
            rings.suspect();
        }
        if (rings.tend(input)) {
            commit.lost(rings.stored(), rings.live().first());
        }
    }

    private int store() {
        return refusals.isPauseOver(now) ? needing(storeOnce()) : 0;
    }

    private int storeOnce() {
        Journal to = stores.current();
        Journal movable = stores.movable();
        if (movable != null) {
            return move(movable, to);
        }
        if (replays.isPending()) {
            return replay(to);
        }
        int work = leftovers.step(to, rings, account);
        // A store takes records of one run at a time best.
        return work > 0 && rings.used() < run.capacity() / 2 ? work : work + drainIfDue(to, now);
    }

    /** @param stored how many steps have put records on the disk */
    private int needing(int stored) {
        if (stored > 0) {
            stores.need();
        }
        return stored;
    }

    private int serve() {
        Journal from = stores.readable();
        int work = batches.serve(from, state.isHurried());
        input.unreadable(from.readingProblem());
        return work;
    }

    private int commit() {
        if (commit.isDue(now) && (commit.isAwaited() || rings.used() > 0 || isDirty())) {
            int work = refusals.isPauseOver(now) ? needing(emptyRing(stores.current())) : 0;
            commit.run(stores.current(), rings.stored());
            return work;
        }
        return 0;
    }

    /** Whether something was written that is not forced. */
    private boolean isDirty() {
        if (stores.current().isDirty()) {
            return true;
        }
        for (PipeSpool spool : state.spools()) {
            if (spool.needsCare()) {
                return true;
            }
        }
        return false;
    }

    private int keepHouse() {
        if (now - nextHousekeepingNanos >= 0) {
            nextHousekeepingNanos = now + HOUSEKEEPING_NANOS;
            state.clock().adjust();
            rings.forgetEndedProducers();
            stores.expire();
            batches.trim();
            state.spools().forEach(PipeSpool::expire);
            announcer.announce();
        }
        return 0;
    }

    /** Nothing is lost by it: what was polled is polled again, and what is stored already is served meanwhile. */
    private void shortOfMemory(OutOfMemoryError cause) {
        begin();
        refusals.tryLater();
        log.warn("log records wait in the ring: there is no memory to store them", cause);
    }

    @Override
    public long restNanos(long idleNanos) {
        boolean quiet = opened
                && !(fsync && stores.current().isDirty())
                && rings.used() == 0
                && !batches.isWaiting()
                && !commit.isAwaited()
                && flushes.isEmpty()
                && !replays.isPending()
                && !leftovers.arePending()
                && stores.movable() == null;
        if (!quiet) {
            return idleNanos;
        }
        long now = ticker.nanoTime();
        if (now - lastRecordNanos < LOUD_NANOS || !isCalm(now)) {
            return Math.max(idleNanos, quietNanos);
        }
        input.awaitNext();
        // After that: a record that was not there yet wakes the thread.
        return rings.used() == 0 ? Math.max(1, nextHousekeepingNanos - now) : idleNanos;
    }

    /** Whether nothing has to be tried again: all that comes wakes the thread. */
    private boolean isCalm(long now) {
        if (refusals.isBlocked()
                || !refusals.isPauseOver(now)
                || !rings.areSettled()
                || !stores.areCalm()
                || !batches.areCalm(now)
                || stores.readable().readingProblem() != null) {
            return false;
        }
        return !isDirty();
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
                refusals.refusedBy(to);
                break;
            }
            RecordRange taken = from.take();
            from.moved(taken);
            from.forgetUntil(taken.to());
            moved += records;
        }
        return moved;
    }

    private int replay(Journal to) {
        int work = replays.step(to);
        if (work == Replays.REFUSED) {
            refusals.refusedBy(to);
            return 0;
        }
        return work;
    }

    private int drainIfDue(Journal to, long now) {
        long used = rings.used();
        if (used == 0 && !rings.isDrained()) {
            nextDrainNanos = now + Rings.LINGER.toNanos();
            return 0;
        }
        if (now - nextDrainNanos < 0
                && used < Math.min(ChunkBuilder.MAX_BYTES, run.capacity() / 4)
                && !commit.isAwaited()
                && !state.isHurried()) {
            return 0;
        }
        int work = drain.move(to, CHUNKS_PER_ROUND);
        nextDrainNanos = now + Rings.LINGER.toNanos();
        lastRecordNanos = now;
        return work;
    }

    /** Before a wait for the disk, so that the whole ring is there for what comes meanwhile. */
    private int emptyRing(Journal to) {
        if (replays.isPending() || stores.movable() != null) {
            return 0;
        }
        int work = drain.move(to, run.capacity() / ChunkBuilder.MAX_BYTES + 1);
        if (work > 0) {
            lastRecordNanos = ticker.nanoTime();
        }
        return work;
    }

    /** See {@link GroupCommit#await}. */
    void await(long position, GroupCommit.Answer done) {
        assert io.inLoop();
        commit.await(position, done);
    }

    /** As {@link #await}, in the store that was wanted, unless that one cannot be had now. */
    void flush(long position, GroupCommit.Answer done) {
        assert io.inLoop();
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
        assert io.inLoop();
        attempt(this::storeAll);
        finished = true;
        flushes.forEach(Runnable::run);
        flushes.clear();
        attempt(() -> {
            commit.run(stores.current(), rings.stored());
            stores.current().force();
            return 0;
        });
        commit.end();
    }

    private int storeAll() {
        // A ring that was cut in the last second must not be read.
        rings.suspect();
        tendRings();
        Journal to = stores.current();
        nextDrainNanos = ticker.nanoTime();
        refusals.tryNow();
        Journal movable = stores.movable();
        while (movable != null && !refusals.isBlocked() && move(movable, to) > 0) {
            nextDrainNanos = ticker.nanoTime();
        }
        drainWhole();
        for (int i = 0; i < PRODUCER_PATIENCE && !refusals.isBlocked() && isWaitingForProducer(); i++) {
            LockSupport.parkNanos(this, PRODUCER_STEP_NANOS);
            drainWhole();
        }
        return 0;
    }

    private boolean isWaitingForProducer() {
        return rings.cut() != null || rings.draining().ring().isWaitingForProducer();
    }

    private void drainWhole() {
        while (!refusals.isBlocked() && replays.isPending() && replay(stores.current()) > 0) {
            nextDrainNanos = ticker.nanoTime();
        }
        if (replays.isPending()) {
            return;
        }
        nextDrainNanos = ticker.nanoTime();
        while (!refusals.isBlocked() && drainIfDue(stores.current(), ticker.nanoTime()) > 0) {
            nextDrainNanos = ticker.nanoTime();
        }
    }

    /** Whether records of other instances may still come. Any thread. */
    boolean expectsLeftovers() {
        return leftovers.arePending();
    }

    /** Whether another thread makes a store ready. Any thread. */
    boolean isPreparing() {
        return stores.isPreparing();
    }

    /** See {@link Stores#whenPrepared}. */
    void whenPrepared(Runnable task) {
        stores.whenPrepared(task);
    }

    void closeStores() {
        assert io.inLoop();
        leftovers.close();
        stores.close();
    }
}

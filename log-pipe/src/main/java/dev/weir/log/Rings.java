// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.ring.LiveRing;
import dev.weir.log.internal.ring.Ring;
import dev.weir.log.internal.ring.RingFile;
import dev.weir.log.internal.ring.RingFile.Condition;
import dev.weir.log.internal.ring.RingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ring that takes records, the one before it until all of that is in a store, and the rings of earlier runs. A ring whose file
 * is gone or cut is replaced, and so is one in memory as soon as there can be a file. The disk's thread, except where it is said.
 */
final class Rings {

    private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

    private final RingRun run;
    private final StoreOpener opener;
    private final Function<PipeDirectory, Path> place;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final Deque<Path> ofEarlierRuns = new ArrayDeque<>();
    /** Files that are no news: of this run, and those that were found before. */
    private final Set<Path> known = new HashSet<>();

    private volatile LiveRing live;
    private volatile @Nullable LiveRing former;
    private volatile @Nullable String problem;

    private long stored;
    private long nextLookNanos;
    private final RetryPause pause = new RetryPause();

    /**
     * Makes the first ring: in a file if there is a directory for it.
     *
     * @param place where in a pipe's directory, or beside it, the files of rings are
     */
    Rings(RingRun run, StoreOpener opener, Function<PipeDirectory, Path> place, Ticker ticker) {
        this.run = run;
        this.opener = opener;
        this.place = place;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
        this.nextLookNanos = ticker.nanoTime() + LOOK_NANOS;
        LiveRing first = isWanted() ? inFile(0) : null;
        this.live = first != null ? first : LiveRing.inMemory(run.inMemory(0));
    }

    RingRun run() {
        return run;
    }

    private boolean isWanted() {
        return opener.wanted() != StoreKind.MEMORY;
    }

    private @Nullable LiveRing inFile(long first) {
        PipeDirectory home = opener.directory();
        if (home == null || !home.isThere()) {
            fails("the directory cannot be used");
            return null;
        }
        try {
            Path in = place.apply(home);
            List<Path> found = home.rings(in);
            Path path = home.ring(in, found.isEmpty() ? 1 : PipeDirectory.ringNumber(found.get(found.size() - 1)) + 1);
            LiveRing made = LiveRing.inFile(run.inFile(path, first));
            for (Path each : found) {
                if (known.add(each)) {
                    ofEarlierRuns.add(each);
                }
            }
            known.add(path);
            problem = null;
            pause.reset();
            return made;
        } catch (IOException e) {
            pause.failed(ticker.nanoTime());
            fails(e.toString());
            return null;
        }
    }

    private void fails(String cause) {
        problem = "a kill loses the log records of the last " + PipeWriter.LINGER.toMillis()
                + " ms, because the ring has no file: " + cause;
    }

    /** Why records in the ring die with the process, though they should not; null when they do not. Any thread. */
    @Nullable
    String problem() {
        return problem;
    }

    /** What became of the ring's file is to be looked at now: its memory cannot be read. */
    void suspect() {
        nextLookNanos = ticker.nanoTime();
    }

    /**
     * Replaces the ring if there is a reason to; to be called often.
     *
     * @return whether it was cut, so that records of it are lost
     */
    boolean tend(Intake intake) {
        long now = ticker.nanoTime();
        if (former != null || !isWanted() || now - nextLookNanos < 0) {
            return false;
        }
        nextLookNanos = now + LOOK_NANOS;
        LiveRing before = live;
        Condition condition = before.look();
        if (condition == Condition.WHOLE || condition == Condition.GONE && !pause.isOver(now)) {
            return false;
        }
        long first = run.behind(before.ring().tail());
        LiveRing next = inFile(first);
        if (next == null && condition == Condition.CUT) {
            next = LiveRing.inMemory(run.inMemory(first));
        }
        if (next == null) {
            return false;
        }
        replace(before, next, intake);
        return condition == Condition.CUT;
    }

    private void replace(LiveRing before, LiveRing next, Intake intake) {
        if (!intake.moveTo(next.ring())) {
            next.ring().close();
        }
        former = before;
        live = next;
        RingFile file = before.file();
        if (file != null) {
            log.warn("the file of the log pipe's ring was " + (before.isCut() ? "cut" : "removed")
                    + " and is replaced: " + file.path());
        }
    }

    /** The ring that records are taken from: the former one until that is retired. */
    LiveRing draining() {
        LiveRing first = former;
        return first != null ? first : live;
    }

    /** Whether {@link #draining} takes no more records and has none left. */
    boolean isDrained() {
        LiveRing first = former;
        return first != null && !first.isCut() && first.ring().used() == 0;
    }

    /** The former ring if it was cut; null otherwise. */
    @Nullable
    LiveRing cut() {
        LiveRing first = former;
        return first != null && first.isCut() ? first : null;
    }

    /** All of the former ring that can be had is in a store. */
    void retire(Intake intake) {
        LiveRing first = former;
        if (first != null) {
            intake.retired();
            former = null;
            RingFile file = first.file();
            if (file != null && first.isCut()) {
                first.end();
                known.remove(file.path());
            }
        }
    }

    /** What is before this position, in any ring, is in a store or lost. */
    long stored() {
        return stored;
    }

    void storedUntil(long position) {
        stored = position;
    }

    /** Forgets producers whose threads have ended. */
    void forgetEndedProducers() {
        if (former == null) {
            live.ring().forgetEndedProducers();
        }
    }

    /** How many records were accepted in rings before the one that takes records. */
    long acceptedBefore() {
        return run.producers().acceptedBefore(live.ring().first());
    }

    /** Of those that are {@code inRings}, how many die with the process. */
    long dyingWithProcess(RingRecords inRings) {
        if (live.look() != Condition.WHOLE) {
            return inRings.inside();
        }
        LiveRing first = former;
        return first == null || first.isDurable() ? 0 : inRings.insideOf(acceptedBefore());
    }

    // ---- rings of earlier runs

    boolean hasEarlierRuns() {
        return !ofEarlierRuns.isEmpty();
    }

    /** Those of another directory, which this process has, are read as well. */
    void adopt(PipeDirectory other) {
        try {
            for (Path each : other.rings(place.apply(other))) {
                if (known.add(each)) {
                    ofEarlierRuns.add(each);
                }
            }
        } catch (IOException e) {
            log.warn("the rings that another instance left stay in " + other.path(), e);
        }
    }

    /** The oldest. */
    @Nullable
    Path ofEarlierRun() {
        return ofEarlierRuns.peekFirst();
    }

    /** The oldest is in a store, or stays for somebody else. */
    void passed() {
        ofEarlierRuns.pollFirst();
    }

    // ---- any thread

    /** The ring that takes records. */
    Ring live() {
        return live.ring();
    }

    /** Bytes in use. */
    long used() {
        LiveRing first = former;
        return live.ring().used() + (first == null ? 0 : first.ring().used());
    }

    /** Nobody uses a ring any more. */
    void close() {
        if (former == null && live.ring().used() == 0) {
            live.end();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.disk.PipeDirectory;
import dev.weir.log.internal.disk.RetryPause;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The ring that takes records, the one before it until all of that is in a store, and the rings of earlier runs. A ring
 * whose file is gone or cut is replaced, and so is one in memory as soon as there can be a file. The disk's thread,
 * except methods that say otherwise.
 */
public final class Rings {

    /** The longest time that a record waits in a ring, as long as a store takes records. */
    public static final Duration LINGER = Duration.ofMillis(10);

    private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

    private final RingRun run;
    private final boolean inFiles;
    private final Supplier<@Nullable PipeDirectory> home;
    private final Function<PipeDirectory, Path> place;
    private final TelemetryLoop io;
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
     * @param inFiles whether rings are to be in files
     * @param home gives the directory of the pipe; null as long as it cannot be used
     * @param place where in a pipe's directory, or beside it, the files of rings are
     */
    public Rings(
            RingRun run,
            boolean inFiles,
            Supplier<@Nullable PipeDirectory> home,
            Function<PipeDirectory, Path> place,
            TelemetryLoop io,
            Ticker ticker) {
        this.run = run;
        this.inFiles = inFiles;
        this.home = home;
        this.place = place;
        this.io = io;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
        this.nextLookNanos = ticker.nanoTime() + LOOK_NANOS;
        LiveRing first = inFiles ? inFile(0) : null;
        this.live = first != null ? first : LiveRing.inMemory(run.inMemory(0));
    }

    public RingRun run() {
        return run;
    }

    private @Nullable LiveRing inFile(long first) {
        PipeDirectory at = home.get();
        if (at == null || !at.isThere()) {
            fails("the directory cannot be used");
            return null;
        }
        try {
            Path in = place.apply(at);
            List<Path> found = at.rings(in);
            Path path = at.ring(in, found.isEmpty() ? 1 : PipeDirectory.ringNumber(found.get(found.size() - 1)) + 1);
            LiveRing made = LiveRing.inFile(RingFile.create(path, run, first));
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
        problem = "a kill loses the log records of the last " + LINGER.toMillis()
                + " ms, because the ring has no file: " + cause;
    }

    /** Why records in the ring die with the process, though they should not; null when they do not. Any thread. */
    @Nullable
    public String problem() {
        return problem;
    }

    /** What became of the ring's file is to be looked at now. */
    public void suspect() {
        nextLookNanos = ticker.nanoTime();
    }

    /**
     * Replaces the ring if there is a reason to; to be called often.
     *
     * @return whether it was cut, so that records of it are lost
     */
    public boolean tend(RingInput input) {
        assert io.inLoop();
        long now = ticker.nanoTime();
        if (former != null || !inFiles || now - nextLookNanos < 0) {
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
        replace(before, next, input);
        return condition == Condition.CUT;
    }

    private void replace(LiveRing before, LiveRing next, RingInput input) {
        if (!input.moveTo(next.ring())) {
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
    public LiveRing draining() {
        assert io.inLoop();
        LiveRing first = former;
        return first != null ? first : live;
    }

    /** Whether {@link #draining} takes no more records and has none left. */
    public boolean isDrained() {
        LiveRing first = former;
        return first != null && !first.isCut() && first.ring().used() == 0;
    }

    /** The former ring if it was cut; null otherwise. */
    @Nullable
    public LiveRing cut() {
        LiveRing first = former;
        return first != null && first.isCut() ? first : null;
    }

    /** All of the former ring that can be had is in a store. */
    public void retire(RingInput input) {
        assert io.inLoop();
        LiveRing first = former;
        if (first != null) {
            input.retired();
            former = null;
            RingFile file = first.file();
            if (file != null && first.isCut()) {
                first.end();
                known.remove(file.path());
            }
        }
    }

    /** Whether there is one ring, and where it is to be. */
    public boolean areSettled() {
        return former == null && problem == null;
    }

    /** What is before this position, in any ring, is in a store or lost. */
    public long stored() {
        return stored;
    }

    public void storedUntil(long position) {
        assert io.inLoop();
        stored = position;
    }

    /** Forgets producers whose threads have ended. */
    public void forgetEndedProducers() {
        if (former == null) {
            live.ring().forgetEndedProducers();
        }
    }

    /** How many records were accepted in rings before the one that takes records. */
    public long acceptedBefore() {
        return run.producers().acceptedBefore(live.ring().first());
    }

    /** Of those that are {@code inRings}, how many die with the process. */
    public long dyingWithProcess(RingRecords inRings) {
        if (live.look() != Condition.WHOLE) {
            return inRings.inside();
        }
        LiveRing first = former;
        return first == null || first.isDurable() ? 0 : inRings.insideOf(acceptedBefore());
    }

    public boolean hasEarlierRuns() {
        return !ofEarlierRuns.isEmpty();
    }

    /** Those of another directory, which this process has, are read as well. */
    public void adopt(PipeDirectory other) {
        assert io.inLoop();
        try {
            for (Path each : other.rings(place.apply(other))) {
                if (known.add(each)) {
                    ofEarlierRuns.add(each);
                }
            }
        } catch (IOException e) {
            log.warn("the rings of another instance cannot be read and stay in " + other.path(), e);
        }
    }

    /** The oldest. */
    @Nullable
    public Path ofEarlierRun() {
        return ofEarlierRuns.peekFirst();
    }

    /** The oldest is in a store, or stays for a later run. */
    public void passed() {
        assert io.inLoop();
        ofEarlierRuns.pollFirst();
    }

    /** The ring that takes records. Any thread. */
    public Ring live() {
        return live.ring();
    }

    /** Bytes in use. Any thread. */
    public long used() {
        LiveRing first = former;
        return live.ring().used() + (first == null ? 0 : first.ring().used());
    }

    /** The rings are not used any more. */
    public void close() {
        assert io.inLoop();
        if (former == null && live.ring().used() == 0) {
            live.end();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.disk.RetryPause;
import dev.weir.log.internal.pipe.Preparation;
import dev.weir.log.internal.pipe.RecordAccount;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.Neighbours;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The stores of a pipe, best first. Records go to the best one that works. One that fails is left for the next and
 * tried again for as long as the pipe lives: what it holds is given out when it works again, and what went to memory
 * meanwhile moves into it. The disk's thread only.
 *
 * <p>Chronicle Queue takes a second of CPU for its first use. So it is made ready later, once there was a record, by a
 * thread of its own that ends with that, and records go to plain files until then. A process that logs nothing never
 * loads it.
 */
final class Stores {

    /** After that long an application has started, as a rule. */
    static final Duration CHRONICLE_DELAY = Duration.ofSeconds(10);

    /** A store whose place has vanished for that long does not come back by itself: it begins anew. */
    private static final long VANISHED_NANOS = Duration.ofMinutes(1).toNanos();

    private final StoreOpener opener;
    private final RecordAccount account;
    private final TelemetryLoop io;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final long runId;
    private final byte[] resource;
    private final List<Place> places = new ArrayList<>();
    private final long chronicleNanos;

    private @Nullable Place current;
    private @Nullable String toldReason;
    private volatile @Nullable Preparation preparation;
    private boolean prepared;
    private boolean needed;
    private boolean hurried;

    /** One kind of store. */
    private static final class Place {

        final StoreKind kind;

        @Nullable
        Journal journal;

        @Nullable
        String problem;

        long failingSinceNanos;
        final RetryPause pause = new RetryPause();

        Place(StoreKind kind) {
            this.kind = kind;
        }

        boolean isFailing() {
            return problem != null;
        }

        @Override
        public String toString() {
            return kind.name().toLowerCase(Locale.ROOT);
        }
    }

    Stores(StoreOpener opener, RecordAccount account, TelemetryLoop io, Ticker ticker, long runId, byte[] resource) {
        this.opener = opener;
        this.account = account;
        this.io = io;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
        this.runId = runId;
        this.resource = resource;
        this.chronicleNanos = ticker.nanoTime() + CHRONICLE_DELAY.toNanos();
    }

    /** Where records go. Opens what there is at the first call. */
    Journal current() {
        assert io.inLoop();
        Place at = current;
        if (at == null) {
            at = open();
        }
        return journal(at);
    }

    private Journal journal(Place of) {
        Journal journal = of.journal;
        if (journal == null) {
            journal = opener.memory(account::lost);
            of.journal = journal;
            account.opened(journal);
        }
        return journal;
    }

    private Place open() {
        StoreKind wanted = opener.wanted();
        if (wanted == StoreKind.CHRONICLE) {
            places.add(new Place(StoreKind.CHRONICLE));
        }
        if (wanted != StoreKind.MEMORY) {
            places.add(new Place(StoreKind.FILE));
        }
        places.add(new Place(StoreKind.MEMORY));
        for (Place place : places) {
            if (place.kind != StoreKind.MEMORY) {
                open(place);
            }
        }
        return choose();
    }

    private boolean open(Place place) {
        try {
            Journal journal = opener.open(place.kind, account::lost);
            if (opener.wasObstructed() && !journal.revive(runId, resource)) {
                journal.close();
                throw new IOException(journal.problem());
            }
            journal.sharesRoomWith(neighboursOf(journal));
            place.journal = journal;
            place.problem = null;
            account.opened(journal);
            return true;
        } catch (IOException | RuntimeException | Error e) {
            fails(place, "the " + place + " store cannot be opened: " + e.getMessage());
            return false;
        }
    }

    private Neighbours neighboursOf(Journal journal) {
        return new Neighbours() {
            @Override
            public long bytes() {
                long bytes = 0;
                for (Journal other : all()) {
                    bytes += other != journal && other.store().isDurable() ? other.bytes() : 0;
                }
                return bytes;
            }

            @Override
            public boolean dropOldest(DropReason reason) {
                for (Journal other : all()) {
                    if (other != journal && other.store().isDurable() && other.dropOldest(reason)) {
                        return true;
                    }
                }
                return false;
            }
        };
    }

    private void fails(Place place, String problem) {
        long now = ticker.nanoTime();
        if (!place.isFailing()) {
            place.failingSinceNanos = now;
            place.pause.reset();
        }
        place.pause.failed(now);
        place.problem = problem;
        if (place.journal != null) {
            account.reachable(place.journal, false);
        }
    }

    private boolean isUsable(Place place) {
        return !place.isFailing() && (place.kind != StoreKind.CHRONICLE || prepared);
    }

    private Place choose() {
        Place best = places.get(places.size() - 1);
        for (int i = places.size() - 1; i >= 0; i--) {
            if (isUsable(places.get(i))) {
                best = places.get(i);
            }
        }
        Place before = current;
        if (best != before && before != null && before.journal != null) {
            before.journal.force();
            before.journal.endSegment();
        }
        String reason = reason(best);
        if (best != before || !Objects.equals(reason, toldReason)) {
            current = best;
            toldReason = reason;
            opener.chose(best.kind, reason);
        }
        return best;
    }

    /** Why it is not the one that was wanted; null when it is. */
    private @Nullable String reason(Place best) {
        for (Place better : places) {
            if (better == best) {
                break;
            }
            if (better.problem != null) {
                return better.problem + "; it is tried again";
            }
        }
        return null;
    }

    /** The store in use refuses records, and not because it is full. */
    void currentFails(@Nullable String problem) {
        assert io.inLoop();
        Place failed = current;
        if (failed == null || failed.kind == StoreKind.MEMORY) {
            return;
        }
        fails(failed, "the " + failed + " store failed: " + (problem == null ? "it refuses records" : problem));
        log.warn("log records now go to the store \"" + choose() + "\": " + failed.problem);
    }

    /** Tries again what failed, and makes ready what is to come; to be called often. */
    void tend() {
        assert io.inLoop();
        current();
        prepareChronicle();
        long now = ticker.nanoTime();
        for (Place place : places) {
            if (place == current) {
                break;
            }
            if (place.isFailing() && place.pause.isOver(now)) {
                revive(place, now);
            }
        }
        choose();
    }

    private void revive(Place place, long now) {
        Journal journal = place.journal;
        if (journal != null && now - place.failingSinceNanos >= VANISHED_NANOS && opener.hasVanished(place.kind)) {
            journal.loseAll();
            journal.close();
            place.journal = null;
            journal = null;
        }
        boolean works = journal == null ? open(place) : journal.revive(runId, resource);
        if (!works) {
            fails(place, place.problem == null ? "it refuses records" : place.problem);
            return;
        }
        place.problem = null;
        if (place.journal != null) {
            account.reachable(place.journal, true);
        }
        log.warn("the store \"" + place + "\" works again");
    }

    private void prepareChronicle() {
        if (prepared || opener.wanted() != StoreKind.CHRONICLE) {
            return;
        }
        Preparation now = preparation;
        if (now == null) {
            if (!places.get(0).isFailing() && (hurried || needed && ticker.nanoTime() - chronicleNanos >= 0)) {
                preparation = Preparation.begin(opener::prepareChronicle);
            }
        } else if (now.isOver()) {
            preparation = null;
            String problem = now.problem();
            if (problem == null) {
                prepared = true;
            } else {
                fails(places.get(0), "the chronicle store failed: " + problem);
            }
        }
    }

    /** There was a record for the disk: the wanted store is worth what its first use costs. */
    void need() {
        needed = true;
    }

    /** A caller waits for the wanted store: it is opened now. */
    void hurry() {
        hurried = true;
    }

    /** Whether the store in use is the one that was wanted, or that one cannot be had now. */
    boolean isSettled() {
        return prepared
                || opener.wanted() != StoreKind.CHRONICLE
                || !places.isEmpty() && places.get(0).isFailing();
    }

    /** Whether no store has to be tried again, and none comes without a record or a caller that waits for it. */
    boolean areCalm() {
        for (Place place : places) {
            if (place.isFailing()) {
                return false;
            }
        }
        return isSettled() || !needed && !hurried && preparation == null;
    }

    /** Where the oldest records are that wait to be given out. */
    Journal readable() {
        assert io.inLoop();
        Journal best = current();
        for (Place place : places) {
            Journal journal = place.journal;
            if (journal != null && !place.isFailing() && journal.isOlder(best)) {
                best = journal;
            }
        }
        Journal left = opener.leftover(account);
        return left != null && left.isOlder(best) ? left : best;
    }

    /** What lies in memory and can be moved to where it outlives the process. */
    @Nullable
    Journal movable() {
        Place memory = places.isEmpty() ? null : places.get(places.size() - 1);
        Journal from = memory == null || memory == current ? null : memory.journal;
        return from == null || from.peek() == null ? null : from;
    }

    /** Where, in the ring of {@code runId}, the records end that a store has. */
    long storedUntil(long runId) {
        long until = Long.MIN_VALUE;
        for (Journal journal : all()) {
            until = Math.max(until, journal.storedUntil(runId));
        }
        return until;
    }

    void expire() {
        assert io.inLoop();
        for (Journal journal : all()) {
            journal.expire();
        }
    }

    /** Whether a thread of its own is at work in the directory. Any thread. */
    boolean isPreparing() {
        Preparation now = preparation;
        return now != null && !now.isOver();
    }

    /** Runs {@code task} when no other thread is at work in the directory any more. */
    void whenPrepared(Runnable task) {
        Preparation now = preparation;
        if (now == null) {
            task.run();
        } else {
            now.whenOver(task);
        }
    }

    /** What a store held whose folder is not there any more is lost now. */
    void close() {
        assert io.inLoop();
        for (Place place : places) {
            if (place.journal != null && place.kind != StoreKind.MEMORY && opener.hasVanished(place.kind)) {
                place.journal.abandon();
            }
        }
        for (Journal journal : all()) {
            journal.close();
        }
    }

    private List<Journal> all() {
        List<Journal> all = new ArrayList<>();
        for (Place place : places) {
            if (place.journal != null) {
                all.add(place.journal);
            }
        }
        Journal left = opener.leftover(account);
        if (left != null) {
            all.add(left);
        }
        return all;
    }
}

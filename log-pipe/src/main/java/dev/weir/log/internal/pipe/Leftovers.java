// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.disk.Directories;
import dev.weir.log.internal.disk.PipeDirectory;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.store.LossListener;
import dev.weir.log.internal.store.RecordRange;
import dev.weir.log.internal.store.StoredFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directories that other instances of the service left behind: a second one has a directory of its own, which is
 * not used any more when later only one runs. Each is locked before it is read, so only one heir takes it, and none
 * that is in use. What is inside moves into this pipe: its stores here, its rings by {@link Replays}, its spools into
 * the spools of the same name. What cannot be read, or has no room here, stays where it is for a later run. The disk's
 * thread, except {@link #arePending}.
 */
public final class Leftovers {

    private static final int ENTRIES_PER_ROUND = 8;

    private final Supplier<List<PipeDirectory>> search;
    private final JournalLimits limits;
    private final TelemetryLoop io;
    private final Ticker ticker;
    private final ThrottledLog log;
    private @Nullable List<PipeDirectory> found;
    private final Deque<Path> stores = new ArrayDeque<>();
    private @Nullable Journal reading;
    private boolean ringsAdopted;
    private volatile boolean over;

    /** @param search locks and returns the directories that no instance uses */
    public Leftovers(Supplier<List<PipeDirectory>> search, JournalLimits limits, TelemetryLoop io, Ticker ticker) {
        this.search = search;
        this.limits = limits;
        this.io = io;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
    }

    /** Whether there may be records that have not been moved yet. Any thread. */
    public boolean arePending() {
        return !over;
    }

    private List<PipeDirectory> found() {
        List<PipeDirectory> directories = found;
        if (directories == null) {
            directories = search.get();
            found = directories;
            for (PipeDirectory directory : directories) {
                Stream.of("file", "chronicle")
                        .map(directory::file)
                        .filter(Files::isDirectory)
                        .forEach(stores::add);
            }
        }
        return directories;
    }

    /** Moves what the spools {@code name} of {@code signal} hold into {@code to}. */
    public void takeSpools(String name, Signal signal, Journal to, LossListener losses) {
        assert io.inLoop();
        // Whether the pipe or its spool is opened first is not settled.
        List<PipeDirectory> directories = over ? search.get() : found();
        for (PipeDirectory directory : directories) {
            takeSpool(directory.file("spool").resolve(name).resolve(signal.label()), signal, to, losses);
        }
        if (over) {
            directories.forEach(PipeDirectory::close);
        }
    }

    private void takeSpool(Path place, Signal signal, Journal to, LossListener losses) {
        if (!Files.isDirectory(place)) {
            return;
        }
        try {
            Journal from = open(StoredFiles.ofFiles(place), place.resolve("cursor"), losses);
            boolean all = move(from, to, Entry.REQUEST, signal.ordinal(), Integer.MAX_VALUE, records -> {});
            end(from, to, all, place);
        } catch (IOException | RuntimeException e) {
            stays(place, e);
        }
    }

    /**
     * Moves some more into {@code to}.
     *
     * @return how many entries were moved or stores ended; 0 when there is nothing to do
     */
    public int step(Journal to, Rings rings, RecordAccount account) {
        assert io.inLoop();
        if (over) {
            return 0;
        }
        if (!to.store().isDurable()) {
            close();
            return 0;
        }
        List<PipeDirectory> directories = found();
        Path place = stores.peek();
        if (place != null) {
            step(place, to, account);
            return 1;
        }
        if (!ringsAdopted) {
            ringsAdopted = true;
            directories.forEach(rings::adopt);
        }
        if (!rings.hasEarlierRuns()) {
            close();
        }
        return 0;
    }

    private void step(Path place, Journal to, RecordAccount account) {
        try {
            Journal from = reading;
            if (from == null) {
                boolean chronicle = place.endsWith("chronicle");
                from = open(
                        chronicle ? StoredFiles.ofChronicle(place) : StoredFiles.ofFiles(place),
                        cursor(place),
                        account::lostOfEarlierRun);
                account.corrupted(from.corruptedAtOpen());
                reading = from;
            }
            boolean all = move(from, to, Entry.SCOPE_LOGS, 1, ENTRIES_PER_ROUND, account::recovered);
            if (!all && from.peek() != null && to.problem() == null) {
                return;
            }
            reading = null;
            stores.remove();
            end(from, to, all, place);
        } catch (IOException | RuntimeException e) {
            reading = null;
            stores.remove();
            stays(place, e);
        }
    }

    private static Path cursor(Path store) {
        return store.resolveSibling(store.endsWith("chronicle") ? "chronicle.mark" : "file.cursor");
    }

    private Journal open(LogStore store, Path cursor, LossListener losses) throws IOException {
        return Journal.open(store, cursor, limits, ticker, losses);
    }

    /** @return whether nothing is left */
    private static boolean move(Journal from, Journal to, int type, int signal, int atMost, LongConsumer moved) {
        for (int i = 0; i < atMost; i++) {
            ByteBuffer entry = from.peek();
            if (entry == null) {
                return from.readingProblem() == null;
            }
            int records = Entry.records(entry);
            long until = Entry.until(entry);
            if (!to.append(entry, type, signal, records, from.peekedRunId(), from.peekedResource(), until)) {
                return false;
            }
            RecordRange taken = from.take();
            from.moved(taken);
            from.forgetUntil(taken.to());
            moved.accept(records);
        }
        return false;
    }

    private void end(Journal from, Journal to, boolean all, Path place) throws IOException {
        // Only when all is on the medium here may it go there.
        boolean safe = to.force();
        from.close();
        if (!all || !safe) {
            stays(place, null);
            return;
        }
        Directories.remove(place);
        Files.deleteIfExists(cursor(place));
    }

    private void stays(Path place, @Nullable Exception cause) {
        log.warn(
                "records of another instance stay in " + place
                        + " for a later run: they cannot be read, or there is no room for them here",
                cause);
    }

    /** Lets go of the directories. */
    public void close() {
        assert io.inLoop();
        over = true;
        Journal open = reading;
        reading = null;
        if (open != null) {
            open.close();
        }
        List<PipeDirectory> directories = found;
        if (directories != null) {
            directories.forEach(PipeDirectory::close);
        }
        found = List.of();
        stores.clear();
    }
}

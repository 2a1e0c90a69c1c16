// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.disk.PipeDirectory;
import dev.weir.log.internal.pipe.RecordAccount;
import dev.weir.log.internal.store.ChronicleStore;
import dev.weir.log.internal.store.FileStore;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.store.LossListener;
import dev.weir.log.internal.store.MemoryStore;
import dev.weir.log.internal.store.StoredFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Opens the stores of a pipe in its directory. Opening a store can take long: only on the disk's thread, except {@link #choice},
 * {@link #directory} and {@link #prepareChronicle}.
 */
final class StoreOpener {

    /** Locks the directory of the pipe. */
    interface Locking {
        PipeDirectory lock() throws IOException;
    }

    private final Locking locking;
    private final StoreKind wanted;
    private final boolean obstructed;
    private final String reason;
    private final JournalLimits onDisk;
    private final JournalLimits inMemory;
    private final Ticker ticker;
    private final UnaryOperator<LogStore> wrapper;
    private final ThrottledLog log;
    private volatile @Nullable PipeDirectory directory;
    private volatile StoreChoice choice;
    private @Nullable Journal leftover;
    private boolean leftoverSought;

    /**
     * @param wanted what records are to be kept in
     * @param obstacle why the directory could not be locked; null when it could
     * @param directory null as long as it could not be locked
     * @param locking tries that again
     */
    StoreOpener(
            StoreChoice wanted,
            @Nullable String obstacle,
            @Nullable PipeDirectory directory,
            Locking locking,
            JournalLimits onDisk,
            JournalLimits inMemory,
            Ticker ticker,
            UnaryOperator<LogStore> wrapper) {
        this.wanted = wanted.kind();
        this.reason = wanted.reason();
        this.obstructed = obstacle != null;
        this.directory = directory;
        this.locking = locking;
        this.choice = obstacle == null ? wanted : new StoreChoice(StoreKind.MEMORY, obstacle);
        this.onDisk = onDisk;
        this.inMemory = inMemory;
        this.ticker = ticker;
        this.wrapper = wrapper;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
    }

    StoreKind wanted() {
        return wanted;
    }

    /** Whether records go where they should, or will as soon as that is made ready. Any thread. */
    boolean isAsWanted() {
        return choice.kind() == wanted && (directory != null || !obstructed);
    }

    /** Whether the directory could not be used when the pipe was built: then it is tested before it is used. */
    boolean wasObstructed() {
        return obstructed;
    }

    /** The store in use. Any thread. */
    StoreChoice choice() {
        return choice;
    }

    /** @param problem why it is not the one that was wanted; null when it is, or that one is still being made ready */
    void chose(StoreKind kind, @Nullable String problem) {
        choice = problem == null ? new StoreChoice(wanted, reason) : new StoreChoice(kind, problem);
    }

    /** Null as long as it could not be locked. Any thread. */
    @Nullable
    PipeDirectory directory() {
        return directory;
    }

    /** A spool never drops the oldest batch: the caller accounts for the batches inside. */
    JournalLimits spoolLimits() {
        return new JournalLimits(
                onDisk.segmentBytes(),
                onDisk.maxBytes(),
                onDisk.maxAgeNanos(),
                onDisk.minFreeBytes(),
                false,
                onDisk.fsync());
    }

    JournalLimits memorySpoolLimits() {
        return new JournalLimits(inMemory.segmentBytes(), inMemory.maxBytes(), inMemory.maxAgeNanos(), 0, false, false);
    }

    Journal memory(LossListener losses) {
        try {
            return Journal.open(new MemoryStore(), null, inMemory, ticker, losses);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** @throws IOException when it cannot be used now */
    Journal open(StoreKind kind, LossListener losses) throws IOException {
        Path home = locked().path();
        String name = name(kind);
        LogStore store = wrapper.apply(
                kind == StoreKind.CHRONICLE
                        ? new ChronicleStore(home.resolve(name))
                        : new FileStore(home.resolve(name)));
        return open(store, cursor(home, name), losses);
    }

    private Journal open(LogStore store, Path cursor, LossListener losses) throws IOException {
        try {
            return Journal.open(store, cursor, onDisk, ticker, losses);
        } catch (IOException | RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    private PipeDirectory locked() throws IOException {
        PipeDirectory home = directory;
        if (home != null && home.isThere()) {
            return home;
        }
        if (home != null) {
            home.close();
        }
        home = locking.lock();
        directory = home;
        return home;
    }

    private static String name(StoreKind kind) {
        return kind == StoreKind.CHRONICLE ? "chronicle" : "file";
    }

    /** Of the Chronicle store under another name than in versions that counted documents and not bytes. */
    private static Path cursor(Path home, String store) {
        return home.resolve(store.equals("chronicle") ? "chronicle.mark" : store + ".cursor");
    }

    /** Whether the place of a store is not there any more. */
    boolean hasVanished(StoreKind kind) {
        PipeDirectory home = directory;
        return home == null || !Files.isDirectory(home.file(name(kind)));
    }

    /**
     * What an earlier run left in a store of a kind that this run does not use; null when nothing is there. What cannot be read
     * stays for a run that can.
     */
    @Nullable
    Journal leftover(RecordAccount account) {
        PipeDirectory home = directory;
        if (leftoverSought || home == null || wanted != StoreKind.FILE) {
            return leftover;
        }
        leftoverSought = true;
        Path place = home.file("chronicle");
        try {
            LogStore store = StoredFiles.ofChronicle(place);
            if (store.segments().length > 0) {
                Journal found = open(store, cursor(home.path(), "chronicle"), account::lost);
                account.opened(found);
                leftover = found;
            }
        } catch (IOException | RuntimeException | Error e) {
            log.warn("log records of an earlier run stay in " + place + ": they cannot be read", e);
        }
        return leftover;
    }

    /** Uses Chronicle Queue once, so that its classes are there when the store needs them. Any thread. */
    void prepareChronicle() throws IOException {
        PipeDirectory home = directory;
        if (home != null) {
            ChronicleStore.useOnce(home.file("chronicle").resolve("first-use"));
        }
    }

    void close() {
        PipeDirectory home = directory;
        if (home != null) {
            home.close();
        }
    }
}

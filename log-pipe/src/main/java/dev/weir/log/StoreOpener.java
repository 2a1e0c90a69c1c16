// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import dev.weir.log.internal.store.ChronicleProbe;
import dev.weir.log.internal.store.ChronicleStore;
import dev.weir.log.internal.store.FileStore;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.store.Losses;
import dev.weir.log.internal.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Opens the store that was chosen, and the next best one when that fails. Opening a store can take seconds: only on the disk's
 * thread, except {@link #choice}.
 */
final class StoreOpener {

    private final @Nullable PipeDirectory directory;
    private final JournalLimits onDisk;
    private final JournalLimits inMemory;
    private final Ticker ticker;
    private final UnaryOperator<LogStore> wrapper;
    private final ThrottledLog log;
    private volatile StoreChoice choice;

    StoreOpener(
            @Nullable PipeDirectory directory,
            StoreChoice choice,
            JournalLimits onDisk,
            JournalLimits inMemory,
            Ticker ticker,
            UnaryOperator<LogStore> wrapper) {
        this.directory = directory;
        this.choice = choice;
        this.onDisk = onDisk;
        this.inMemory = inMemory;
        this.ticker = ticker;
        this.wrapper = wrapper;
        this.log = ThrottledLog.of("weir.log", ticker);
    }

    /** The store in use. Any thread. */
    StoreChoice choice() {
        return choice;
    }

    /** A spool never drops the oldest: whoever filled it accounts for what is inside. */
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

    Journal open(Losses losses) {
        while (true) {
            try {
                return openChosen(losses);
            } catch (IOException | RuntimeException | Error e) {
                next(e);
            }
        }
    }

    /** The next best store instead of one that keeps failing; null when there is none. What the failed one holds stays there. */
    @Nullable
    Journal fallBack(Journal failed, Losses losses) {
        if (choice.kind() == StoreKind.MEMORY) {
            return null;
        }
        String problem = failed.problem();
        failed.close();
        next(new IOException(problem == null ? "it refuses records" : problem));
        return open(losses);
    }

    private Journal openChosen(Losses losses) throws IOException {
        PipeDirectory home = directory;
        StoreKind kind = choice.kind();
        if (home == null || kind == StoreKind.MEMORY) {
            return Journal.open(new MemoryStore(), null, inMemory, ticker, losses);
        }
        String name = kind == StoreKind.CHRONICLE ? "chronicle" : "file";
        LogStore store = wrapper.apply(
                kind == StoreKind.CHRONICLE ? new ChronicleStore(home.file(name)) : new FileStore(home.file(name)));
        try {
            return Journal.open(store, home.file(name + ".cursor"), onDisk, ticker, losses);
        } catch (IOException | RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    /**
     * What an earlier run left in the other kind of store, if this JVM can read it; null when nothing is there. What cannot be
     * read stays for a run that can.
     */
    @Nullable
    Journal leftover(Losses losses) {
        PipeDirectory home = directory;
        StoreKind used = choice.kind();
        if (home == null || used == StoreKind.MEMORY) {
            return null;
        }
        boolean fromChronicle = used == StoreKind.FILE;
        String name = fromChronicle ? "chronicle" : "file";
        try {
            if (!Files.isDirectory(home.file(name)) || !hasSegments(home.file(name))) {
                return null;
            }
            String obstacle = fromChronicle ? ChronicleProbe.obstacle() : null;
            if (obstacle != null) {
                log.warn("log records of an earlier run stay in " + home.file(name) + " until a run can read them: "
                        + obstacle);
                return null;
            }
            LogStore store = fromChronicle ? new ChronicleStore(home.file(name)) : new FileStore(home.file(name));
            try {
                return Journal.open(store, home.file(name + ".cursor"), onDisk, ticker, losses);
            } catch (IOException | RuntimeException | Error e) {
                store.close();
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            log.warn("log records of an earlier run stay in " + home.file(name) + ": they cannot be read", e);
            return null;
        }
    }

    private static boolean hasSegments(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(
                    file -> file.toString().endsWith(".cq4") || file.toString().endsWith(".weir"));
        }
    }

    private void next(Throwable cause) {
        StoreKind failed = choice.kind();
        StoreKind next = failed == StoreKind.CHRONICLE ? StoreKind.FILE : StoreKind.MEMORY;
        choice = new StoreChoice(
                next,
                "the " + failed.name().toLowerCase(java.util.Locale.ROOT) + " store failed: " + cause.getMessage());
        log.warn(
                "log records now go to the store \"" + choice.kind().name().toLowerCase(java.util.Locale.ROOT)
                        + "\" because the better one failed",
                cause);
    }
}

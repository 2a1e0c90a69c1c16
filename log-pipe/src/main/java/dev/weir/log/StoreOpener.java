// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import dev.weir.log.internal.store.ChronicleStore;
import dev.weir.log.internal.store.FileStore;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.store.Losses;
import dev.weir.log.internal.store.MemoryStore;
import java.io.IOException;
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
    private final ThrottledLog log;
    private volatile StoreChoice choice;

    StoreOpener(
            @Nullable PipeDirectory directory,
            StoreChoice choice,
            JournalLimits onDisk,
            JournalLimits inMemory,
            Ticker ticker) {
        this.directory = directory;
        this.choice = choice;
        this.onDisk = onDisk;
        this.inMemory = inMemory;
        this.ticker = ticker;
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
        LogStore store =
                kind == StoreKind.CHRONICLE ? new ChronicleStore(home.file(name)) : new FileStore(home.file(name));
        try {
            return Journal.open(store, home.file(name + ".cursor"), onDisk, ticker, losses);
        } catch (IOException | RuntimeException | Error e) {
            store.close();
            throw e;
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

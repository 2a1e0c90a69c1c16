// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Setting;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.Choices;
import dev.weir.log.internal.disk.PipeDirectory;
import dev.weir.log.internal.pipe.Leftovers;
import dev.weir.log.internal.pipe.Rings;
import dev.weir.log.internal.ring.RingRun;
import dev.weir.log.internal.store.ChronicleProbe;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.wire.AnyValues;
import dev.weir.log.internal.wire.RecordLimits;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes a {@link LogPipe} of the values that hold for it, and refuses values that contradict each other. Used once, by one thread. */
final class PipeFactory {

    /** Why a store is in use whose directory could not be used when the pipe was built. */
    private static final String LATER = "the directory can be used now";

    private static final int LEAST_SEGMENTS = 4;
    private static final int LEAST_MEMORY_SEGMENT = 256 << 10;

    private final TelemetryRuntime runtime;
    private final Choices.Values values;
    private final Resource resource;
    private final Redactor redactor;
    private final UnaryOperator<LogStore> storeWrapper;
    private final PipeDirectories directories;

    /** @throws IllegalArgumentException when a text of the settings is no path */
    PipeFactory(
            TelemetryRuntime runtime,
            Choices.Values values,
            Resource resource,
            Redactor redactor,
            UnaryOperator<LogStore> storeWrapper) {
        this.runtime = runtime;
        this.values = values;
        this.resource = resource;
        this.redactor = redactor;
        this.storeWrapper = storeWrapper;
        this.directories = new PipeDirectories(values, resource);
    }

    LogPipe make(boolean ownsRuntime) {
        int ringBytes = ringBytes();
        JournalLimits onDisk = onDisk();
        RecordLimits limits = recordLimits();
        return new LogPipe(
                runtime,
                ownsRuntime,
                open(ringBytes, onDisk, inMemory()),
                limits,
                redactor,
                values.get(LogSettings.BLOCK).toNanos(),
                values.get(LogSettings.BATCH_MEMORY),
                values.get(LogSettings.MDC_KEYS));
    }

    private int ringBytes() {
        long bytes = values.get(LogSettings.RING_BYTES);
        if (Long.bitCount(bytes) != 1) {
            throw new IllegalArgumentException(shown(LogSettings.RING_BYTES) + ", allowed: a power of two");
        }
        return Math.toIntExact(bytes);
    }

    private JournalLimits onDisk() {
        long segmentBytes = values.get(LogSettings.SEGMENT_BYTES);
        long maxBytes = values.get(LogSettings.MAX_BYTES);
        if (maxBytes < LEAST_SEGMENTS * segmentBytes) {
            throw new IllegalStateException(shown(LogSettings.MAX_BYTES) + ", allowed: at least " + LEAST_SEGMENTS
                    + " segments, and " + shown(LogSettings.SEGMENT_BYTES));
        }
        return new JournalLimits(
                segmentBytes,
                maxBytes,
                values.get(LogSettings.MAX_AGE).toNanos(),
                values.get(LogSettings.MIN_FREE_BYTES),
                dropsOldest(),
                !values.get(LogSettings.FSYNC_INTERVAL).isZero());
    }

    private JournalLimits inMemory() {
        long bytes = values.get(LogSettings.MEMORY_BYTES);
        return new JournalLimits(
                Math.max(LEAST_MEMORY_SEGMENT, bytes / 8),
                bytes,
                values.get(LogSettings.MAX_AGE).toNanos(),
                0,
                dropsOldest(),
                false);
    }

    private boolean dropsOldest() {
        return values.get(LogSettings.DISK_FULL) == DiskPolicy.DROP_OLDEST;
    }

    private RecordLimits recordLimits() {
        AttributeLimits attributes = AttributeLimits.of(values);
        return new RecordLimits(
                RecordLimits.DEFAULT.record(),
                Math.toIntExact(values.get(LogSettings.BODY_BYTES)),
                attributes.count(values.get(LogSettings.MAX_ATTRIBUTES), values.isSet(LogSettings.MAX_ATTRIBUTES)),
                RecordLimits.DEFAULT.key(),
                Math.toIntExact(values.get(LogSettings.VALUE_BYTES)),
                attributes.valueLength(),
                Math.toIntExact(values.get(LogSettings.STACK_TRACE_BYTES)),
                RecordLimits.DEFAULT.stackFrames());
    }

    private String shown(Setting<?> setting) {
        return setting.name() + " is \"" + values.get(setting) + "\" (" + values.sourceName(setting) + ")";
    }

    private PipeParts open(int ringBytes, JournalLimits onDisk, JournalLimits inMemory) {
        Ticker ticker = runtime.ticker();
        StoreKind wanted = values.get(LogSettings.STORE);
        PipeDirectory home = null;
        String obstacle = null;
        if (wanted != StoreKind.MEMORY) {
            try {
                home = directories.lock();
            } catch (IOException e) {
                obstacle = e.toString();
            }
        }
        StoreOpener opener = new StoreOpener(
                choose(wanted, home == null ? LATER : home.path().toString()),
                obstacle,
                home,
                directories::lock,
                onDisk,
                inMemory,
                ticker,
                storeWrapper);
        Rings rings = rings(ringBytes, opener);
        warn(obstacle, rings);
        return new PipeParts(
                runtime.threads().io(),
                ticker,
                opener,
                rings,
                new Leftovers(
                        () -> directories.unused(opener),
                        onDisk,
                        runtime.threads().io(),
                        ticker),
                values.get(LogSettings.FSYNC_INTERVAL).toNanos());
    }

    private Rings rings(int bytes, StoreOpener opener) {
        try {
            RingRun run = new RingRun(
                    bytes, ThreadLocalRandom.current().nextLong(), AnyValues.resource(resource.getAttributes()));
            return new Rings(
                    run,
                    opener.wanted() != StoreKind.MEMORY,
                    opener::directory,
                    directories::ofRings,
                    runtime.threads().io(),
                    runtime.ticker());
        } catch (RuntimeException | Error e) {
            opener.close();
            throw e;
        }
    }

    private void warn(@Nullable String obstacle, Rings rings) {
        ThrottledLog log = ThrottledLog.of("weir.log", runtime.ticker()::nanoTime);
        String problem = rings.problem();
        if (obstacle != null) {
            log.warn("log records are kept in memory for now and are lost with the process: " + obstacle + "; set "
                    + LogSettings.DIRECTORY.name() + " to a directory that only this process uses");
        } else if (problem != null) {
            log.warn(problem);
        }
    }

    private static StoreChoice choose(StoreKind wanted, String place) {
        if (wanted == StoreKind.MEMORY) {
            return new StoreChoice(StoreKind.MEMORY, "as configured by " + LogSettings.STORE.name());
        }
        if (wanted == StoreKind.FILE) {
            return new StoreChoice(StoreKind.FILE, place + ", as configured by " + LogSettings.STORE.name());
        }
        String obstacle = ChronicleProbe.obstacle();
        if (obstacle == null) {
            return new StoreChoice(StoreKind.CHRONICLE, place);
        }
        return new StoreChoice(
                StoreKind.FILE,
                place + "; not chronicle: " + obstacle + "; " + LogSettings.STORE.name() + "=file settles it");
    }
}

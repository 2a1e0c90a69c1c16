// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.ring.RingRun;
import dev.weir.log.internal.store.ChronicleProbe;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.wire.AnyValues;
import dev.weir.log.internal.wire.RecordLimits;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Configures a {@link LogPipe}. What is not set here comes from the settings {@code weir.log.*}. Not thread-safe.
 *
 * <p>A value out of range or a contradiction is an IllegalArgumentException that names it; a directory that cannot be used is
 * not: the pipe then works in memory, says so, and {@link LogPipe#store} tells why.
 */
public final class LogPipeBuilder {

    private static final int NUMBERED_DIRECTORIES = 8;
    /** Why a store is in use whose directory could not be used when the pipe was built. */
    private static final String LATER = "the directory can be used now";

    private final Map<String, Object> explicit = new HashMap<>();
    private @Nullable TelemetryRuntime runtime;
    private @Nullable Path directory;
    private @Nullable Path ringDirectory;
    private Resource resource = Resource.getDefault();
    private Redactor redactor = Redactor.NONE;
    private UnaryOperator<LogStore> storeWrapper = UnaryOperator.identity();

    LogPipeBuilder() {}

    /** Settings, clock, threads and ledger to share; without it the pipe has its own. */
    public LogPipeBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Objects.requireNonNull(runtime, "runtime");
        return this;
    }

    /** Where records wait. One process at a time can use it. */
    public LogPipeBuilder directory(Path directory) {
        this.directory = Objects.requireNonNull(directory, "directory");
        return this;
    }

    /** Who the records come from; travels with them, also when a later run delivers them. */
    public LogPipeBuilder resource(Resource resource) {
        this.resource = Objects.requireNonNull(resource, "resource");
        return this;
    }

    public LogPipeBuilder store(StoreKind store) {
        return set(LogSettings.STORE, store);
    }

    /** The ring's size: a power of two. */
    public LogPipeBuilder ringBytes(long bytes) {
        return set(LogSettings.RING_BYTES, bytes);
    }

    /** Where the ring's file is: another file system than the store's, for example {@code /dev/shm}. */
    public LogPipeBuilder ringDirectory(Path directory) {
        this.ringDirectory = Objects.requireNonNull(directory, "directory");
        return this;
    }

    public LogPipeBuilder segmentBytes(long bytes) {
        return set(LogSettings.SEGMENT_BYTES, bytes);
    }

    /** The size of the store on disk; at least four segments. */
    public LogPipeBuilder maxBytes(long bytes) {
        return set(LogSettings.MAX_BYTES, bytes);
    }

    /** The size of the store when it is in memory. */
    public LogPipeBuilder memoryBytes(long bytes) {
        return set(LogSettings.MEMORY_BYTES, bytes);
    }

    /** How much of the records may be given out in batches and not answered. */
    public LogPipeBuilder batchMemory(long bytes) {
        return set(LogSettings.BATCH_MEMORY, bytes);
    }

    public LogPipeBuilder maxAge(Duration age) {
        return set(LogSettings.MAX_AGE, age);
    }

    /** What must stay free in the file system. */
    public LogPipeBuilder minFreeBytes(long bytes) {
        return set(LogSettings.MIN_FREE_BYTES, bytes);
    }

    /** How often records are forced to the medium: what a power loss can take. Zero leaves it to the system. */
    public LogPipeBuilder fsyncInterval(Duration interval) {
        return set(LogSettings.FSYNC_INTERVAL, interval);
    }

    public LogPipeBuilder whenDiskFull(DiskPolicy policy) {
        return set(LogSettings.DISK_FULL, policy);
    }

    /**
     * Lets callers that may block wait for room in a full ring, at most this long. Threads that must not block (Reactor's
     * and Netty's) never do.
     */
    public LogPipeBuilder block(Duration atMost) {
        return set(LogSettings.BLOCK, atMost);
    }

    public LogPipeBuilder redactor(Redactor redactor) {
        this.redactor = Objects.requireNonNull(redactor, "redactor");
        return this;
    }

    /** For tests of failing disks: what the pipe uses instead of the store that it opened. */
    LogPipeBuilder storeWrapper(UnaryOperator<LogStore> wrapper) {
        this.storeWrapper = wrapper;
        return this;
    }

    private <T> LogPipeBuilder set(Setting<T> setting, T value) {
        explicit.put(setting.name(), setting.check(value));
        return this;
    }

    @SuppressWarnings("unchecked")
    private <T> T get(Settings settings, Setting<T> setting) {
        Object value = explicit.get(setting.name());
        return value != null ? (T) value : settings.get(setting);
    }

    private boolean isSet(Settings settings, Setting<?> setting) {
        return explicit.containsKey(setting.name()) || settings.source(setting) != Settings.Source.DEFAULT;
    }

    /**
     * Builds the pipe and takes records from now on. Returns quickly: the store is opened by the disk's thread.
     *
     * @throws IllegalArgumentException when values contradict each other
     */
    public LogPipe build() {
        TelemetryRuntime shared = runtime;
        TelemetryRuntime in = shared != null ? shared : TelemetryRuntime.create();
        try {
            LogPipe pipe = build(in, shared == null);
            pipe.start();
            return pipe;
        } catch (RuntimeException | Error e) {
            if (shared == null) {
                in.close();
            }
            throw e;
        }
    }

    private LogPipe build(TelemetryRuntime in, boolean owned) {
        Settings settings = in.settings();
        long ringBytes = get(settings, LogSettings.RING_BYTES);
        if (Long.bitCount(ringBytes) != 1) {
            throw new IllegalArgumentException(
                    LogSettings.RING_BYTES.name() + " must be a power of two, was " + ringBytes);
        }
        long segmentBytes = get(settings, LogSettings.SEGMENT_BYTES);
        long maxBytes = get(settings, LogSettings.MAX_BYTES);
        if (maxBytes < 4 * segmentBytes) {
            throw new IllegalArgumentException(LogSettings.MAX_BYTES.name() + " is " + maxBytes
                    + ", allowed: at least four times " + LogSettings.SEGMENT_BYTES.name() + ", which is "
                    + segmentBytes);
        }
        long fsyncNanos = get(settings, LogSettings.FSYNC_INTERVAL).toNanos();
        long maxAge = get(settings, LogSettings.MAX_AGE).toNanos();
        boolean dropOldest = get(settings, LogSettings.DISK_FULL) == DiskPolicy.DROP_OLDEST;
        long memoryBytes = get(settings, LogSettings.MEMORY_BYTES);
        JournalLimits onDisk = new JournalLimits(
                segmentBytes, maxBytes, maxAge, get(settings, LogSettings.MIN_FREE_BYTES), dropOldest, fsyncNanos > 0);
        JournalLimits inMemory =
                new JournalLimits(Math.max(256 << 10, memoryBytes / 8), memoryBytes, maxAge, 0, dropOldest, false);
        AttributeLimits attributes = AttributeLimits.of(settings);
        RecordLimits limits = new RecordLimits(
                RecordLimits.DEFAULT.record(),
                Math.toIntExact(get(settings, LogSettings.BODY_BYTES)),
                attributes.count(
                        get(settings, LogSettings.MAX_ATTRIBUTES), isSet(settings, LogSettings.MAX_ATTRIBUTES)),
                RecordLimits.DEFAULT.key(),
                Math.toIntExact(get(settings, LogSettings.VALUE_BYTES)),
                attributes.valueLength(),
                Math.toIntExact(get(settings, LogSettings.STACK_TRACE_BYTES)),
                RecordLimits.DEFAULT.stackFrames());
        PipeParts parts = open(in, settings, Math.toIntExact(ringBytes), onDisk, inMemory, fsyncNanos);
        return new LogPipe(
                in,
                owned,
                parts,
                limits,
                redactor,
                get(settings, LogSettings.BLOCK).toNanos(),
                get(settings, LogSettings.BATCH_MEMORY),
                settings.get(LogSettings.MDC_KEYS));
    }

    private PipeParts open(
            TelemetryRuntime in,
            Settings settings,
            int ringBytes,
            JournalLimits onDisk,
            JournalLimits inMemory,
            long fsyncNanos) {
        Ticker ticker = in.ticker();
        StoreKind wanted = get(settings, LogSettings.STORE);
        PipeDirectory home = null;
        String obstacle = null;
        if (wanted != StoreKind.MEMORY) {
            try {
                home = openDirectory(settings);
            } catch (IOException e) {
                obstacle = e.toString();
            }
        }
        StoreOpener opener = new StoreOpener(
                choose(wanted, home == null ? LATER : home.path().toString()),
                obstacle,
                home,
                () -> openDirectory(settings),
                onDisk,
                inMemory,
                ticker,
                storeWrapper);
        RingRun run = new RingRun(
                ringBytes, ThreadLocalRandom.current().nextLong(), AnyValues.resource(resource.getAttributes()));
        Rings rings;
        try {
            rings = new Rings(run, opener, place -> ringDirectory(settings, place), ticker);
        } catch (RuntimeException | Error e) {
            opener.close();
            throw e;
        }
        if (obstacle != null) {
            ThrottledLog.of("weir.log", ticker::nanoTime)
                    .warn("log records are kept in memory for now and lost with the process: " + obstacle + "; set "
                            + LogSettings.DIRECTORY.name() + " to a directory that this process alone can use");
        } else if (rings.problem() != null) {
            ThrottledLog.of("weir.log", ticker::nanoTime).warn(rings.problem());
        }
        Leftovers leftovers = new Leftovers(() -> unused(settings, opener), onDisk, ticker);
        return new PipeParts(ticker, opener, rings, leftovers, fsyncNanos);
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

    private Path ringDirectory(Settings settings, PipeDirectory home) {
        if (ringDirectory != null) {
            return ringDirectory;
        }
        String text = settings.find(LogSettings.RING_DIRECTORY);
        return text == null ? home.path() : Path.of(text);
    }

    private PipeDirectory openDirectory(Settings settings) throws IOException {
        if (directory != null) {
            return PipeDirectory.open(directory);
        }
        String text = settings.find(LogSettings.DIRECTORY);
        if (text != null) {
            return PipeDirectory.open(Path.of(text));
        }
        // Nobody chose it, so a second instance of the service on this machine takes the next one.
        IOException last = null;
        for (Path path : defaultDirectories()) {
            try {
                return PipeDirectory.openGuessable(path);
            } catch (IOException e) {
                last = e;
                if (!Files.isDirectory(path)) {
                    break;
                }
            }
        }
        throw last == null ? new IOException("no directory") : last;
    }

    /** Those of the service that exist, and no instance has; locked. None where a directory was chosen. */
    private List<PipeDirectory> unused(Settings settings, StoreOpener opener) {
        if (directory != null || settings.find(LogSettings.DIRECTORY) != null || opener.directory() == null) {
            return List.of();
        }
        List<PipeDirectory> unused = new ArrayList<>();
        for (Path path : defaultDirectories()) {
            if (Files.isDirectory(path)) {
                try {
                    unused.add(PipeDirectory.openGuessable(path));
                } catch (IOException inUse) {
                    // Whoever has it sends what is inside.
                }
            }
        }
        return unused;
    }

    private List<Path> defaultDirectories() {
        Path base = defaultDirectory();
        List<Path> all = new ArrayList<>();
        for (int i = 1; i <= NUMBERED_DIRECTORIES; i++) {
            all.add(i == 1 ? base : base.resolveSibling(base.getFileName() + "-" + i));
        }
        return all;
    }

    private Path defaultDirectory() {
        String service = resource.getAttribute(AttributeKey.stringKey("service.name"));
        return Path.of(
                System.getProperty("java.io.tmpdir", "."),
                "weir-" + clean(System.getProperty("user.name", "user")),
                clean(service == null ? "unknown_service" : service));
    }

    private static String clean(String name) {
        String clean = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "_");
        return clean.isEmpty() || clean.startsWith(".") ? "_" + clean : clean;
    }
}

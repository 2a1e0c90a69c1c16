// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Setting;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Choices;
import dev.weir.log.internal.store.LogStore;
import io.opentelemetry.sdk.resources.Resource;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Configures a {@link LogPipe}. A value that is not set here comes from the settings {@code weir.log.*}. Not
 * thread-safe.
 *
 * <p>Each method throws a NullPointerException for null and an IllegalStateException when it is called twice; both name
 * the setting.
 *
 * <p>A directory that cannot be used is no error: the pipe then works in memory and logs a warning, and
 * {@link LogPipe#store} has the reason.
 *
 * @since 0.1
 */
public final class LogPipeBuilder {

    private final Choices choices = new Choices();
    private @Nullable TelemetryRuntime runtime;
    private @Nullable Resource resource;
    private @Nullable Redactor redactor;
    private UnaryOperator<LogStore> storeWrapper = UnaryOperator.identity();

    LogPipeBuilder() {}

    /**
     * The settings, clock, threads and ledger that the pipe shares with other modules. Default: the pipe has its own.
     *
     * @param runtime is not closed with the pipe
     * @return this builder
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Choices.once("runtime", this.runtime, runtime);
        return this;
    }

    /**
     * The directory of the records. One process at a time can use it. Default: a directory of the user and the service
     * below {@code java.io.tmpdir}.
     *
     * @param directory is made when it is missing
     * @return this builder
     * @throws IllegalArgumentException when the path is not one of the default file system
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder directory(Path directory) {
        return set(LogSettings.DIRECTORY, text(LogSettings.DIRECTORY, directory));
    }

    /**
     * The source of the records. Default: {@link Resource#getDefault()}.
     *
     * @param resource is stored with the records, so a later run sends them with the same one
     * @return this builder
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder resource(Resource resource) {
        this.resource = Choices.once("resource", this.resource, resource);
        return this;
    }

    /**
     * The kind of the store. Default: {@link StoreKind#AUTO}.
     *
     * @param store the kind to use; where it cannot be used, {@link LogPipe#store} has another one and the reason
     * @return this builder
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder store(StoreKind store) {
        return set(LogSettings.STORE, store);
    }

    /**
     * The size of the ring between the threads that log and the writer. Default: 4 MiB.
     *
     * @param bytes a power of two, 64 KiB…1 GiB
     * @return this builder
     * @throws IllegalArgumentException when it is out of range or no power of two
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder ringBytes(long bytes) {
        if (!PipeFactory.isRingSize(LogSettings.RING_BYTES.check(bytes))) {
            throw new IllegalArgumentException(
                    LogSettings.RING_BYTES.name() + " is \"" + bytes + "\", allowed: a power of two");
        }
        return set(LogSettings.RING_BYTES, bytes);
    }

    /**
     * The directory of the ring's file, when it is to be in another file system than the store. Default: the directory
     * of the pipe.
     *
     * @param directory for example {@code /dev/shm}
     * @return this builder
     * @throws IllegalArgumentException when the path is not one of the default file system
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder ringDirectory(Path directory) {
        return set(LogSettings.RING_DIRECTORY, text(LogSettings.RING_DIRECTORY, directory));
    }

    /**
     * The size of one segment of the store. Space is freed one segment at a time. Default: 8 MiB.
     *
     * @param bytes 1 MiB…1 GiB
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder segmentBytes(long bytes) {
        return set(LogSettings.SEGMENT_BYTES, bytes);
    }

    /**
     * The largest size of the store on disk. Default: 256 MiB.
     *
     * @param bytes 4 MiB…1 TiB, and at least four segments
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder maxBytes(long bytes) {
        return set(LogSettings.MAX_BYTES, bytes);
    }

    /**
     * The largest size of the store when it is in memory. Default: 16 MiB.
     *
     * @param bytes 1 MiB…64 GiB
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder memoryBytes(long bytes) {
        return set(LogSettings.MEMORY_BYTES, bytes);
    }

    /**
     * The memory of batches that were given out and not answered. One batch is always given out. Default: 16 MiB.
     *
     * @param bytes 1 MiB…1 GiB
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder batchMemory(long bytes) {
        return set(LogSettings.BATCH_MEMORY, bytes);
    }

    /**
     * The age at which a stored record is dropped. Default: 24 hours.
     *
     * @param age 1 second…365 days
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder maxAge(Duration age) {
        return set(LogSettings.MAX_AGE, age);
    }

    /**
     * The space that the store leaves free in the file system. Default: 512 MiB.
     *
     * @param bytes 0…1 TiB
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder minFreeBytes(long bytes) {
        return set(LogSettings.MIN_FREE_BYTES, bytes);
    }

    /**
     * The time between two forced writes to the medium: a power loss can lose the records of one interval. Default:
     * 50 ms.
     *
     * @param interval 0…1 second; 0 leaves it to the operating system
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder fsyncInterval(Duration interval) {
        return set(LogSettings.FSYNC_INTERVAL, interval);
    }

    /**
     * What is dropped when the store is full. Default: {@link DiskPolicy#DROP_OLDEST}.
     *
     * @param policy holds for the bound of bytes and for the free space of the file system
     * @return this builder
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder whenDiskFull(DiskPolicy policy) {
        return set(LogSettings.DISK_FULL, policy);
    }

    /**
     * The longest time that a caller waits for room in a full ring. Threads that must not block (Reactor's and Netty's)
     * never wait. Default: 0.
     *
     * @param atMost 0…1 second; with 0 no caller waits
     * @return this builder
     * @throws IllegalArgumentException when it is out of range
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder block(Duration atMost) {
        return set(LogSettings.BLOCK, atMost);
    }

    /**
     * Changes or removes texts before they are encoded. Default: {@link Redactor#NONE}.
     *
     * @param redactor is called on the threads that log
     * @return this builder
     * @throws IllegalStateException when it is set twice
     */
    public LogPipeBuilder redactor(Redactor redactor) {
        this.redactor = Choices.once("redactor", this.redactor, redactor);
        return this;
    }

    /** For tests of failing disks: what the pipe uses instead of the store that it opened. */
    LogPipeBuilder storeWrapper(UnaryOperator<LogStore> wrapper) {
        this.storeWrapper = wrapper;
        return this;
    }

    private <T> LogPipeBuilder set(Setting<T> setting, T value) {
        choices.set(setting, value);
        return this;
    }

    /** A setting is a text, and the text of a path of another file system would name a file of the default one. */
    private static String text(Setting<String> setting, Path path) {
        Objects.requireNonNull(path, setting.name());
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(
                    setting.name() + " is \"" + path.toUri() + "\", allowed: a path of the default file system");
        }
        return path.toAbsolutePath().toString();
    }

    /**
     * Builds the pipe, which takes records from now on. Returns quickly: the thread of the disk opens the store.
     *
     * @return a running pipe, which the caller closes
     * @throws IllegalArgumentException when a value of the settings is not allowed
     * @throws IllegalStateException when two values contradict each other
     */
    public LogPipe build() {
        TelemetryRuntime shared = runtime;
        TelemetryRuntime in = shared != null ? shared : TelemetryRuntime.create();
        try {
            Choices.Values values = choices.over(in.settings());
            PipeFactory factory =
                    new PipeFactory(in, values, resource != null ? resource : Resource.getDefault(), storeWrapper);
            LogPipe pipe = new LogPipe(
                    in,
                    shared == null,
                    factory.parts(),
                    factory.recordLimits(),
                    redactor != null ? redactor : Redactor.NONE,
                    values.get(LogSettings.BLOCK).toNanos(),
                    values.get(LogSettings.BATCH_MEMORY),
                    values.get(LogSettings.MDC_KEYS));
            pipe.start();
            return pipe;
        } catch (RuntimeException | Error e) {
            if (shared == null) {
                in.close();
            }
            throw e;
        }
    }
}

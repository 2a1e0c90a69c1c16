// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.OtelSettings;
import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * The settings of the log pipe. Immutable.
 *
 * @since 0.1
 */
public final class LogSettings implements SettingsProvider {

    /** The directory of the records. */
    public static final Setting<String> DIRECTORY = Setting.text(
            "weir.log.directory",
            null,
            "directory of the records; by default, a directory of the user and the service below java.io.tmpdir");

    /** The kind of the store. */
    public static final Setting<StoreKind> STORE = Setting.choice(
            "weir.log.store", StoreKind.class, StoreKind.AUTO, "kind of the store that keeps the records");

    /** The size of the ring between the threads that log and the writer. */
    public static final Setting<Long> RING_BYTES = Setting.bytes(
            "weir.log.ring.bytes",
            "4m",
            "64k",
            "1g",
            "size of the ring between the threads that log and the writer; a power of two");

    /** The directory of the ring's file. */
    public static final Setting<String> RING_DIRECTORY = Setting.text(
            "weir.log.ring.directory",
            null,
            "directory of the file of the ring, for example /dev/shm; by default, the directory of the records");

    /** The size of one segment of the store. */
    public static final Setting<Long> SEGMENT_BYTES =
            Setting.bytes("weir.log.segment.bytes", "8m", "1m", "1g", "size of one segment of the store");

    /** The largest size of the store on disk. */
    public static final Setting<Long> MAX_BYTES = Setting.bytes(
            "weir.log.max.bytes", "256m", "4m", "1024g", "largest size of the store on disk; at least four segments");

    /** The largest size of the store in memory. */
    public static final Setting<Long> MEMORY_BYTES = Setting.bytes(
            "weir.log.memory.bytes", "16m", "1m", "64g", "largest size of the store when it is in memory");

    /** The memory of batches that were given out and not answered. */
    public static final Setting<Long> BATCH_MEMORY = Setting.bytes(
            "weir.log.batch.memory",
            "16m",
            "1m",
            "1g",
            "memory of batches that were given out and not answered; one batch is always given out");

    /** The age at which a stored record is dropped. */
    public static final Setting<Duration> MAX_AGE = Setting.duration(
            "weir.log.max.age",
            Duration.ofHours(24),
            Duration.ofSeconds(1),
            Duration.ofDays(365),
            "age at which a stored record is dropped");

    /** The space that the store leaves free in the file system. */
    public static final Setting<Long> MIN_FREE_BYTES = Setting.bytes(
            "weir.log.min.free.bytes", "512m", "0", "1024g", "space that the store leaves free in the file system");

    /** The time between two forced writes to the medium. */
    public static final Setting<Duration> FSYNC_INTERVAL = Setting.duration(
            "weir.log.fsync.interval",
            Duration.ofMillis(50),
            Duration.ZERO,
            Duration.ofSeconds(1),
            "time between two forced writes to the medium; a power loss can lose one interval;"
                    + " 0 leaves it to the system");

    /** What is dropped when the store is full. */
    public static final Setting<DiskPolicy> DISK_FULL = Setting.choice(
            "weir.log.disk.full", DiskPolicy.class, DiskPolicy.DROP_OLDEST, "what is dropped when the store is full");

    /** The longest time that a caller waits for room in a full ring. */
    public static final Setting<Duration> BLOCK = Setting.duration(
            "weir.log.block",
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofSeconds(1),
            "longest time that a caller that may block waits for room in a full ring; 0 never waits");

    /** The number of attributes of a record that are kept. */
    public static final Setting<Integer> MAX_ATTRIBUTES =
            Setting.integer("weir.log.attributes.max", 32, 0, 128, "number of attributes of a record that are kept");

    /** The bytes of a message that are kept. */
    public static final Setting<Long> BODY_BYTES =
            Setting.bytes("weir.log.body.bytes", "16k", "64", "24k", "bytes of a message that are kept");

    /** The bytes of an attribute's value that are kept. */
    public static final Setting<Long> VALUE_BYTES = Setting.bytes(
            "weir.log.value.bytes", "4k", "16", "16k", "bytes of the value of an attribute that are kept");

    /** The bytes of a stack trace that are kept. */
    public static final Setting<Long> STACK_TRACE_BYTES =
            Setting.bytes("weir.log.stacktrace.bytes", "16k", "0", "24k", "bytes of a stack trace that are kept");

    /** The keys of the MDC that become attributes. */
    public static final Setting<List<String>> MDC_KEYS =
            Setting.list("weir.log.mdc.keys", "keys of the MDC that become attributes; * is all");

    static final Setting<Integer> RECORD_COUNT = OtelSettings.limit(
            "otel.logrecord.attribute.count.limit", "attributes of a log record", "otel.attribute.count.limit");

    static final Setting<Integer> RECORD_LENGTH = OtelSettings.limit(
            "otel.logrecord.attribute.value.length.limit",
            "characters of an attribute's value in a log record",
            "otel.attribute.value.length.limit");

    @Override
    public Collection<Setting<?>> settings() {
        return List.of(
                DIRECTORY,
                STORE,
                RING_BYTES,
                RING_DIRECTORY,
                SEGMENT_BYTES,
                MAX_BYTES,
                MEMORY_BYTES,
                BATCH_MEMORY,
                MAX_AGE,
                MIN_FREE_BYTES,
                FSYNC_INTERVAL,
                DISK_FULL,
                BLOCK,
                MAX_ATTRIBUTES,
                BODY_BYTES,
                VALUE_BYTES,
                STACK_TRACE_BYTES,
                MDC_KEYS,
                RECORD_COUNT,
                RECORD_LENGTH,
                OtelSettings.ATTRIBUTE_COUNT,
                OtelSettings.ATTRIBUTE_LENGTH);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** The settings of this room. */
public final class LogSettings implements SettingsProvider {

    public static final Setting<String> DIRECTORY = Setting.text(
            "weir.log.directory",
            null,
            "where records wait; without it, a directory of the user and the service below java.io.tmpdir");
    public static final Setting<StoreKind> STORE =
            Setting.choice("weir.log.store", StoreKind.class, StoreKind.AUTO, "what records are kept in");
    public static final Setting<Long> RING_BYTES = Setting.bytes(
            "weir.log.ring.bytes", "4m", "64k", "1g", "the ring between callers and writer; a power of two");
    public static final Setting<String> RING_DIRECTORY = Setting.text(
            "weir.log.ring.directory",
            null,
            "where the ring's file is, for example /dev/shm; by default with the rest");
    public static final Setting<Long> SEGMENT_BYTES =
            Setting.bytes("weir.log.segment.bytes", "8m", "1m", "1g", "the size of one segment of the store");
    public static final Setting<Long> MAX_BYTES =
            Setting.bytes("weir.log.max.bytes", "256m", "4m", "1024g", "the size of the store");
    public static final Setting<Long> MEMORY_BYTES =
            Setting.bytes("weir.log.memory.bytes", "16m", "1m", "64g", "the size of the store when it is in memory");
    public static final Setting<Long> BATCH_MEMORY = Setting.bytes(
            "weir.log.batch.memory",
            "16m",
            "1m",
            "1g",
            "batches that are given out and not answered; one is given out, however large");
    public static final Setting<Duration> MAX_AGE = Setting.duration(
            "weir.log.max.age",
            Duration.ofHours(24),
            Duration.ofSeconds(1),
            Duration.ofDays(365),
            "records older than this are given up");
    public static final Setting<Long> MIN_FREE_BYTES =
            Setting.bytes("weir.log.min.free.bytes", "512m", "0", "1024g", "what must stay free in the file system");
    public static final Setting<Duration> FSYNC_INTERVAL = Setting.duration(
            "weir.log.fsync.interval",
            Duration.ofMillis(50),
            Duration.ZERO,
            Duration.ofSeconds(1),
            "how often records are forced to the medium: what a power loss can take; 0 leaves it to the system");
    public static final Setting<DiskPolicy> DISK_FULL = Setting.choice(
            "weir.log.disk.full", DiskPolicy.class, DiskPolicy.DROP_OLDEST, "what gives way when the store is full");
    public static final Setting<Duration> BLOCK = Setting.duration(
            "weir.log.block",
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofSeconds(1),
            "how long a caller that may block waits for room in a full ring; 0 never waits");
    public static final Setting<Integer> MAX_ATTRIBUTES =
            Setting.integer("weir.log.attributes.max", 32, 0, 128, "how many attributes of a record are kept");
    public static final Setting<Long> BODY_BYTES =
            Setting.bytes("weir.log.body.bytes", "16k", "64", "24k", "how much of a message is kept");
    public static final Setting<Long> VALUE_BYTES =
            Setting.bytes("weir.log.value.bytes", "4k", "16", "16k", "how much of an attribute's value is kept");
    public static final Setting<Long> STACK_TRACE_BYTES =
            Setting.bytes("weir.log.stacktrace.bytes", "16k", "0", "24k", "how much of a stack trace is kept");
    public static final Setting<List<String>> MDC_KEYS =
            Setting.list("weir.log.mdc.keys", "keys of the MDC that become attributes; * is all");

    static final Setting<String> OTEL_RECORD_COUNT =
            limit("otel.logrecord.attribute.count.limit", "attributes of a record");
    static final Setting<String> OTEL_RECORD_LENGTH =
            limit("otel.logrecord.attribute.value.length.limit", "characters of an attribute's value");
    static final Setting<String> OTEL_COUNT =
            limit("otel.attribute.count.limit", "attributes of a record, unless there is a limit for log records");
    static final Setting<String> OTEL_LENGTH = limit(
            "otel.attribute.value.length.limit",
            "characters of an attribute's value, unless there is a limit for log records");

    /** A text: by OpenTelemetry's rules a value that is not allowed is ignored, not refused. */
    private static Setting<String> limit(String name, String of) {
        return Setting.text(name, null, "the most " + of);
    }

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
                OTEL_RECORD_COUNT,
                OTEL_RECORD_LENGTH,
                OTEL_COUNT,
                OTEL_LENGTH);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.sdk.resources.Resource;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the program gives is held to the ranges of the settings, as it is. */
class LogPipeBuilderTest extends ConservedPipeTest {

    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;

    @Test
    void fsyncInterval_belowAMillisecond_forcesRecordsToTheMedium() {
        List<FaultyStore> stores = new CopyOnWriteArrayList<>();
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE)
                .fsyncInterval(Duration.ofNanos(500_000))
                .storeWrapper(store -> {
                    stores.add(new FaultyStore(store));
                    return stores.get(0);
                }));
        receive();

        assertThat(pipe.offer(Severity.INFO, "scope", "message")).isTrue();

        await().until(() -> stores.get(0).fsyncs.get() > 0);
    }

    /** What a setter takes, lowest first, and what is beyond. */
    private record Range<T>(
            String name,
            BiFunction<LogPipeBuilder, T, LogPipeBuilder> setter,
            @Nullable T below,
            T lowest,
            T highest,
            @Nullable T above) {

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Range<?>> ranges() {
        Duration tick = Duration.ofNanos(1);
        Duration zero = Duration.ZERO;
        Duration second = Duration.ofSeconds(1);
        Duration year = Duration.ofDays(365);
        Path path = Path.of("pipe");
        return List.of(
                bytes("ring.bytes", LogPipeBuilder::ringBytes, 64 << 10, GIB),
                bytes("segment.bytes", LogPipeBuilder::segmentBytes, MIB, GIB),
                bytes("max.bytes", LogPipeBuilder::maxBytes, 4 * MIB, 1024 * GIB),
                bytes("memory.bytes", LogPipeBuilder::memoryBytes, MIB, 64 * GIB),
                bytes("batch.memory", LogPipeBuilder::batchMemory, MIB, GIB),
                bytes("min.free.bytes", LogPipeBuilder::minFreeBytes, 0, 1024 * GIB),
                new Range<>("max.age", LogPipeBuilder::maxAge, second.minus(tick), second, year, year.plus(tick)),
                new Range<>(
                        "fsync.interval",
                        LogPipeBuilder::fsyncInterval,
                        tick.negated(),
                        zero,
                        second,
                        second.plus(tick)),
                new Range<>("block", LogPipeBuilder::block, tick.negated(), zero, second, second.plus(tick)),
                new Range<>("store", LogPipeBuilder::store, null, StoreKind.AUTO, StoreKind.MEMORY, null),
                new Range<>(
                        "disk.full",
                        LogPipeBuilder::whenDiskFull,
                        null,
                        DiskPolicy.DROP_OLDEST,
                        DiskPolicy.DROP_NEWEST,
                        null),
                new Range<>("directory", LogPipeBuilder::directory, null, path, path, null),
                new Range<>("ring.directory", LogPipeBuilder::ringDirectory, null, path, path, null));
    }

    private static Range<Long> bytes(
            String name, BiFunction<LogPipeBuilder, Long, LogPipeBuilder> setter, long lowest, long highest) {
        return new Range<>(name, setter, lowest - 1, lowest, highest, highest + 1);
    }

    @ParameterizedTest
    @MethodSource("ranges")
    <T> void value_withinTheRange_isTakenOnce(Range<T> range) {
        LogPipeBuilder builder = range.setter.apply(LogPipe.builder(), range.highest);
        range.setter.apply(LogPipe.builder(), range.lowest);

        assertThatIllegalStateException()
                .isThrownBy(() -> range.setter.apply(builder, range.highest))
                .withMessage("weir.log." + range.name + " is set twice, allowed: once");
    }

    @ParameterizedTest
    @MethodSource("ranges")
    <T> void value_outOfRange_isRefusedWithNameAndRange(Range<T> range) {
        for (T beyond : Arrays.asList(range.below, range.above)) {
            if (beyond != null) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> range.setter.apply(LogPipe.builder(), beyond))
                        .withMessageStartingWith("weir.log." + range.name + " is \"")
                        .withMessageContaining("\", allowed: ");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ranges")
    <T> void null_isRefusedWithTheName(Range<T> range) {
        if (range.lowest instanceof Long) {
            return;
        }
        assertThatNullPointerException()
                .isThrownBy(() -> range.setter.apply(LogPipe.builder(), null))
                .withMessage("weir.log." + range.name);
    }

    @Test
    void value_thatIsNoSetting_isTakenOnceAndNotNull() {
        LogPipeBuilder builder = LogPipe.builder().redactor(Redactor.NONE).resource(Resource.empty());

        assertThatIllegalStateException()
                .isThrownBy(() -> builder.redactor(Redactor.NONE))
                .withMessage("redactor is set twice, allowed: once");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.resource(Resource.empty()))
                .withMessage("resource is set twice, allowed: once");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.runtime(runtime).runtime(runtime))
                .withMessage("runtime is set twice, allowed: once");
        assertThatNullPointerException()
                .isThrownBy(() -> LogPipe.builder().redactor(null))
                .withMessage("redactor");
        assertThatNullPointerException()
                .isThrownBy(() -> LogPipe.builder().resource(null))
                .withMessage("resource");
        assertThatNullPointerException()
                .isThrownBy(() -> LogPipe.builder().runtime(null))
                .withMessage("runtime");
    }

    @Test
    void ring_thatIsNoPowerOfTwo_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LogPipe.builder().ringBytes(100_000).build())
                .withMessage("weir.log.ring.bytes is \"100000\" (the program), allowed: a power of two");
    }

    @Test
    void store_ofLessThanFourSegments_isRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> LogPipe.builder()
                        .segmentBytes(2 * MIB)
                        .maxBytes(8 * MIB - 1)
                        .build())
                .withMessage("weir.log.max.bytes is \"8388607\" (the program), allowed: at least 4 segments, and"
                        + " weir.log.segment.bytes is \"2097152\" (the program)");
    }

    @Test
    void directory_ofAnotherFileSystem_isRefused() throws Exception {
        Path archive = directory.resolve("archive.zip");
        try (FileSystem other =
                FileSystems.newFileSystem(URI.create("jar:" + archive.toUri()), Map.of("create", "true"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LogPipe.builder(other.getPath("/logs")))
                    .withMessageStartingWith("weir.log.directory is \"jar:file:")
                    .withMessageEndingWith("/logs\", allowed: a path of the default file system");
        }
    }

    @Test
    void directories_ofTheSettings_areTaken() {
        Path rings = directory.resolve("rings");
        rings.toFile().mkdir();
        Settings settings = Settings.builder()
                .set("weir.log.directory", directory.resolve("records").toString())
                .set("weir.log.ring.directory", rings.toString())
                .set("weir.log.mdc.keys", "user, tenant")
                .set("weir.log.min.free.bytes", "0")
                .build();
        try (TelemetryRuntime configured = TelemetryRuntime.create(settings);
                LogPipe pipe = LogPipe.builder()
                        .runtime(configured)
                        .store(StoreKind.FILE)
                        .build()) {
            assertThat(pipe.mdcKeys()).containsExactly("user", "tenant");
            assertThat(directory.resolve("records")).isDirectoryContaining("glob:**pipe.lock");
            assertThat(rings).isDirectoryContaining("glob:**weir-ring-*.dat");
        }
    }
}

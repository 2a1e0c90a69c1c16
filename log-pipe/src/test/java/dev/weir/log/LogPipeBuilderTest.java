// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.logs.Severity;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the program gives is held to the ranges of the settings, as it is. */
class LogPipeBuilderTest extends ConservedPipeTest {

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

    static Stream<Arguments> refused() {
        LogPipeBuilder builder = LogPipe.builder();
        return Stream.of(
                refused("weir.log.fsync.interval is \"-1ms\"", () -> builder.fsyncInterval(Duration.ofMillis(-1))),
                refused("weir.log.block is \"PT-0.000000001S\"", () -> builder.block(Duration.ofNanos(-1))),
                refused("weir.log.max.age is \"PT0.999999999S\"", () -> builder.maxAge(Duration.ofNanos(999_999_999))),
                refused("weir.log.max.age is \"366d\"", () -> builder.maxAge(Duration.ofDays(366))),
                refused("weir.log.ring.bytes is \"1\"", () -> builder.ringBytes(1)),
                refused("weir.log.segment.bytes is \"0\"", () -> builder.segmentBytes(0)),
                refused("weir.log.max.bytes is \"-1\"", () -> builder.maxBytes(-1)),
                refused("weir.log.memory.bytes is \"1\"", () -> builder.memoryBytes(1)),
                refused("weir.log.batch.memory is \"1\"", () -> builder.batchMemory(1)),
                refused("weir.log.min.free.bytes is \"-1\"", () -> builder.minFreeBytes(-1)));
    }

    private static Arguments refused(String message, Runnable call) {
        return Arguments.of(message, call);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void value_outOfRange_isRefusedWithNameAndRange(String message, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message + ", allowed: ");
    }

    @Test
    void null_isRefusedWithTheName() {
        LogPipeBuilder builder = LogPipe.builder();

        assertThatThrownBy(() -> builder.store(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("weir.log.store");
        assertThatThrownBy(() -> builder.fsyncInterval(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("weir.log.fsync.interval");
        assertThatThrownBy(() -> builder.whenDiskFull(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("weir.log.disk.full");
    }
}

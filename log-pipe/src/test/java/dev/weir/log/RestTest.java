// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.ManualTicker;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long the disk's thread rests, and what ends its rest. */
class RestTest {

    private static final Duration IDLE = Duration.ofMillis(10);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** The rest between two looks into the ring after a record: the interval of the forced writes. */
    private static final Duration LOUD = Duration.ofMillis(50);

    @TempDir
    Path directory;

    private final ManualTicker ticker = new ManualTicker();
    private final TelemetryRuntime runtime =
            TelemetryRuntime.create(Settings.builder().build(), ticker);
    private final TelemetryLoop io = runtime.threads().io();
    private LogPipe pipe;

    @BeforeEach
    void open() {
        pipe = LogPipe.builder(directory).store(StoreKind.FILE).runtime(runtime).build();
    }

    @AfterEach
    void close() {
        pipe.close();
        runtime.close();
    }

    /** What the thread would rest if it rested now. */
    private Duration rest() {
        CompletableFuture<Long> rest = new CompletableFuture<>();
        io.execute(() -> rest.complete(pipe.rounds().restNanos(IDLE.toNanos())));
        return Duration.ofNanos(rest.join());
    }

    private void awaitRest(Duration expected) {
        await().until(this::rest, expected::equals);
    }

    private void offer(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(pipe.offer(Severity.ERROR, "scope", "record " + i)).isTrue();
        }
    }

    private void silence() {
        awaitRest(LOUD);
        ticker.advance(SECOND);
        awaitRest(SECOND);
    }

    @Test
    void withoutRecords_itLooksAroundOnceASecond() {
        silence();

        ticker.advance(SECOND.dividedBy(4));

        awaitRest(SECOND.dividedBy(4).multipliedBy(3));
    }

    /** Chronicle Queue is opened after the first record; until then nobody waits for it. */
    @Test
    void withAStoreThatIsNotOpenedYet_itRestsAsLong(@TempDir Path other) {
        pipe.close();
        pipe = LogPipe.builder(other)
                .store(StoreKind.CHRONICLE)
                .runtime(runtime)
                .build();

        silence();
    }

    @Test
    void firstRecord_endsTheRest_andIsStored() {
        silence();
        AtomicInteger rounds = new AtomicInteger();
        io.addDuty(Duration.ofMinutes(1), () -> {
            rounds.incrementAndGet();
            return 0;
        });
        awaitRest(SECOND);

        int before = rounds.get();

        offer(1);

        await().until(() -> rounds.get() > before);
        await().until(() -> pipe.stats().ringBytes() == 0);
        awaitRest(LOUD);
        assertThat(pipe.held()).isEqualTo(1);
    }
}

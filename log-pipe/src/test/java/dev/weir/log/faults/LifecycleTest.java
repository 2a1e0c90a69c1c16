// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.log.BatchSpec;
import dev.weir.log.LogPipe;
import dev.weir.log.LogPipeBuilder;
import dev.weir.log.Patience;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("opens")
class LifecycleTest {

    @TempDir
    Path directory;

    @Test
    void secondPipeInADirectory_worksInMemory() {
        try (LogPipe first = LogPipe.builder(directory).minFreeBytes(0).build();
                LogPipe second = LogPipe.builder(directory).minFreeBytes(0).build()) {
            assertThat(first.store().kind()).isNotEqualTo(StoreKind.MEMORY);
            assertThat(second.store().kind()).isEqualTo(StoreKind.MEMORY);
            assertThat(second.store().reason()).contains("another pipe");
            assertThat(second.offer(Severity.INFO, "scope", "body")).isTrue();
            first.flush().block(Patience.LIMIT);
        }
    }

    @Test
    void secondProcess_worksInMemory() throws Exception {
        Path home = directory.resolve("pipe");
        Files.createDirectories(home);
        Process other = Fork.start(
                directory.resolve("output"),
                Fork.command(
                        Fork.OPENS,
                        Victim.class,
                        home.toString(),
                        "FILE",
                        directory.resolve("notes").toString(),
                        "false"));
        try {
            await().until(() -> Files.exists(home.resolve("ready")));
            try (LogPipe second = LogPipe.builder(home).minFreeBytes(0).build()) {
                assertThat(second.store().kind()).isEqualTo(StoreKind.MEMORY);
                assertThat(second.store().reason()).contains("another process");
            }
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE", "MEMORY"})
    void openedAndClosed100Times_leavesNoDescriptorAndNoThread(StoreKind store) {
        cycle(store, 100);

        await().untilAsserted(() -> {
            assertThat(descriptors()).isEmpty();
            assertThat(threads()).isEmpty();
        });
    }

    private void cycle(StoreKind store, int times) {
        for (int i = 0; i < times; i++) {
            try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
                LogPipe pipe = LogPipe.builder(directory.resolve(store.name()))
                        .runtime(runtime)
                        .store(store)
                        .ringBytes(64 << 10)
                        .segmentBytes(1 << 20)
                        .maxBytes(8 << 20)
                        .minFreeBytes(0)
                        .build();
                pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(batch -> {
                    runtime.ledger().of(Signal.LOGS).delivered(batch.records());
                    batch.ack();
                });
                pipe.offer(Severity.INFO, "scope", "body");
                pipe.close(Patience.LIMIT);
                assertThat(pipe.held()).isZero();
            }
        }
    }

    /** What this process has open below this test's directory. */
    private List<String> descriptors() throws Exception {
        File[] all = new File("/proc/self/fd").listFiles();
        assumeTrue(all != null, "needs /proc");
        String below = directory.toRealPath().toString();
        List<String> open = new ArrayList<>();
        for (File descriptor : all) {
            try {
                String path = Files.readSymbolicLink(descriptor.toPath()).toString();
                if (path.startsWith(below)) {
                    open.add(path);
                }
            } catch (java.io.IOException closedMeanwhile) {
                continue;
            }
        }
        return open;
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("weir-"))
                .toList();
    }

    @Test
    void virtualThreads_100000_logWithoutLossAndWithoutAnEncoderEach() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "this JDK has no virtual threads");
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = LogPipe.builder(directory)
                        .runtime(runtime)
                        .store(StoreKind.FILE)
                        .ringBytes(64 << 20)
                        .minFreeBytes(0)
                        .build()) {
            ExecutorService executor = (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
            for (int i = 0; i < 100_000; i++) {
                int number = i;
                executor.execute(() -> pipe.offer(Severity.INFO, "scope", "body " + number));
            }
            executor.shutdown();
            assertThat(executor.awaitTermination(120, TimeUnit.SECONDS)).isTrue();

            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().dropped()).isEmpty();
            assertThat(pipe.held()).isEqualTo(100_000);
            LedgerAssert.assertConserved(runtime.ledger());
        }
    }

    @Test
    void held_countsARecordOnce_whileItMovesFromTheRingToTheStore() throws Exception {
        int records = 300_000;
        try (LogPipe pipe = LogPipe.builder(directory)
                .store(StoreKind.FILE)
                .ringBytes(64 << 20)
                .minFreeBytes(0)
                .build()) {
            AtomicInteger begun = new AtomicInteger();
            AtomicInteger accepted = new AtomicInteger();
            Thread application = new Thread(() -> {
                for (int i = 0; i < records; i++) {
                    begun.incrementAndGet();
                    if (pipe.offer(Severity.INFO, "scope", "body")) {
                        accepted.incrementAndGet();
                    }
                }
            });
            application.start();
            while (application.isAlive()) {
                long least = accepted.get();
                long held = pipe.held();
                assertThat(held).isBetween(least, (long) begun.get());
            }
            application.join();
            assertThat(pipe.held()).isEqualTo(accepted.get());
        }
    }

    /** Twice the direct memory of this JVM, one after the other: a thread that logged must not keep the ring of a closed pipe. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closedPipes_areLetGoByTheThreadsThatLogged(boolean shared) {
        int ringBytes = 64 << 20;
        long pipes = 2 * Runtime.getRuntime().maxMemory() / ringBytes;
        try (TelemetryRuntime common = TelemetryRuntime.create()) {
            for (int i = 0; i < pipes; i++) {
                LogPipeBuilder builder =
                        LogPipe.builder().store(StoreKind.MEMORY).ringBytes(ringBytes);
                if (shared) {
                    builder.runtime(common);
                }
                try (LogPipe pipe = builder.build()) {
                    assertThat(pipe.offer(Severity.INFO, "scope", "body")).isTrue();
                }
            }
        }
    }

    @Test
    void hostileRecords_areCutAndKeepTheirPlace() {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = LogPipe.builder()
                        .runtime(runtime)
                        .store(StoreKind.MEMORY)
                        .build()) {
            io.opentelemetry.api.common.AttributesBuilder many = Attributes.builder();
            for (int i = 0; i < 200; i++) {
                many.put(AttributeKey.stringKey("key" + i), "value".repeat(1 + i * 20));
            }

            assertThat(pipe.offer(Severity.INFO, "scope", "x".repeat(33 << 10))).isTrue();
            assertThat(pipe.offer(Severity.INFO, "\ud800", "lone \udc00 surrogate", many.build()))
                    .isTrue();
            assertThat(pipe.offer(Severity.UNDEFINED_SEVERITY_NUMBER, "", "")).isTrue();

            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().produced()).isEqualTo(3);
        }
    }

    @Test
    void afterClose_recordsAreRefusedAndCounted() {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe =
                    LogPipe.builder(directory).runtime(runtime).minFreeBytes(0).build();
            pipe.close(Patience.LIMIT);

            assertThat(pipe.offer(Severity.INFO, "scope", "late")).isFalse();
            assertThat(pipe.close(Duration.ZERO)).isEqualTo(pipe.close(Duration.ofDays(1)));
            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().dropped()).containsEntry(DropReason.CLOSED, 1L);
        }
    }

    @Test
    void storeChangedBetweenRuns_movesWhatTheOtherHad() {
        try (LogPipe pipe =
                LogPipe.builder(directory).store(StoreKind.FILE).minFreeBytes(0).build()) {
            for (int i = 0; i < 500; i++) {
                pipe.offer(Severity.INFO, "scope", "file " + i);
            }
        }
        try (LogPipe pipe = LogPipe.builder(directory)
                .store(StoreKind.CHRONICLE)
                .minFreeBytes(0)
                .build()) {
            pipe.offer(Severity.INFO, "scope", "chronicle");
            await().until(() -> pipe.held() == 501);
        }
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = LogPipe.builder(directory)
                        .runtime(runtime)
                        .store(StoreKind.FILE)
                        .minFreeBytes(0)
                        .build()) {
            pipe.batches().subscribe(batch -> {
                runtime.ledger().of(Signal.LOGS).delivered(batch.records());
                batch.ack();
            });
            await().until(() -> runtime.ledger().of(Signal.LOGS).snapshot().delivered() == 501);
            await().untilAsserted(() -> LedgerAssert.assertConserved(runtime.ledger()));
            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().recovered()).isEqualTo(501);
        }
    }
}

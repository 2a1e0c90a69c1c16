// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.DropReason;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.log.ConservedPipeTest;
import dev.weir.log.LogPipe;
import dev.weir.log.LogPipeBuilder;
import dev.weir.log.Patience;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.io.File;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("opens")
class LifecycleTest extends ConservedPipeTest {

    @Test
    void secondPipeInADirectory_worksInMemory() {
        LogPipe first = open(builder -> builder);
        LogPipe second = open(builder -> builder);
        assertThat(first.store().kind()).isNotEqualTo(StoreKind.MEMORY);
        assertThat(second.store().kind()).isEqualTo(StoreKind.MEMORY);
        assertThat(second.store().reason()).contains("another pipe");
        assertThat(second.offer(Severity.INFO, "scope", "body")).isTrue();
        first.flush().block(Patience.LIMIT);
    }

    @Test
    void secondProcess_worksInMemory() throws Exception {
        Victims victims = new Victims(directory, StoreKind.FILE, false);
        Process other = victims.start(When.OPEN);
        try {
            LogPipe second = open(victims.home(), builder -> builder);
            assertThat(second.store().kind()).isEqualTo(StoreKind.MEMORY);
            assertThat(second.store().reason()).contains("another process");
            second.close();
        } finally {
            other.destroyForcibly().waitFor();
        }
        // What the other process left there is none of this one's records.
        Files.move(victims.home(), directory.resolve("others"));
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
            LogPipe pipe = open(builder -> builder.store(store)
                    .ringBytes(64 << 10)
                    .segmentBytes(1 << 20)
                    .maxBytes(8 << 20));
            receive();
            pipe.offer(Severity.INFO, "scope", "body");
            pipe.close(Patience.LIMIT);
            assertThat(pipe.held()).isZero();
            restart();
        }
        end();
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
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).ringBytes(64 << 20));
        ExecutorService executor = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        for (int i = 0; i < 100_000; i++) {
            int number = i;
            executor.execute(() -> pipe.offer(Severity.INFO, "scope", "body " + number));
        }
        executor.shutdown();
        assertThat(executor.awaitTermination(120, TimeUnit.SECONDS)).isTrue();

        assertThat(account().dropped()).isEmpty();
        assertThat(pipe.held()).isEqualTo(100_000);
    }

    @Test
    void held_countsARecordOnce_whileItMovesFromTheRingToTheStore() throws Exception {
        int records = 300_000;
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).ringBytes(64 << 20));
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

    /**
     * Twice the direct memory of this JVM, one after the other: a thread that logged must not keep the ring of a closed
     * pipe.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closedPipes_areLetGoByTheThreadsThatLogged(boolean shared) {
        int ringBytes = 64 << 20;
        long pipes = 2 * Runtime.getRuntime().maxMemory() / ringBytes;
        // Not opened by the base class: that one would keep the closed pipes.
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
            LedgerAssert.assertConserved(common.ledger());
        }
    }

    @Test
    void hostileRecords_areCutAndKeepTheirPlace() {
        LogPipe pipe = open(StoreKind.MEMORY);
        io.opentelemetry.api.common.AttributesBuilder many = Attributes.builder();
        for (int i = 0; i < 200; i++) {
            many.put(AttributeKey.stringKey("key" + i), "value".repeat(1 + i * 20));
        }

        assertThat(pipe.offer(Severity.INFO, "scope", "x".repeat(33 << 10))).isTrue();
        assertThat(pipe.offer(Severity.INFO, "\ud800", "lone \udc00 surrogate", many.build()))
                .isTrue();
        assertThat(pipe.offer(Severity.UNDEFINED_SEVERITY_NUMBER, "", "")).isTrue();

        assertThat(account().produced()).isEqualTo(3);
    }

    @Test
    void afterClose_recordsAreRefusedAndCounted() {
        LogPipe pipe = open(builder -> builder);
        pipe.close(Patience.LIMIT);

        assertThat(pipe.offer(Severity.INFO, "scope", "late")).isFalse();
        assertThat(pipe.close(Duration.ZERO)).isEqualTo(pipe.close(Duration.ofDays(1)));
        assertThat(account().dropped()).containsEntry(DropReason.CLOSED, 1L);
    }

    @Test
    void storeChangedBetweenRuns_movesWhatTheOtherHad() {
        LogPipe files = open(StoreKind.FILE);
        for (int i = 0; i < 500; i++) {
            files.offer(Severity.INFO, "scope", "file " + i);
        }
        files.close();

        restart();
        LogPipe queue = open(StoreKind.CHRONICLE);
        queue.offer(Severity.INFO, "scope", "chronicle");
        await().until(() -> queue.held() == 501);
        queue.close();

        restart();
        open(StoreKind.FILE);
        receive();
        await().until(() -> account().delivered() == 501);
        conserved();
        assertThat(account().recovered()).isEqualTo(501);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.CloseReport;
import dev.weir.core.DropReason;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that fails, fills, hangs or goes away: callers notice nothing but a counted refusal once the ring is full. */
@Tag("opens")
class BrokenDiskTest extends ConservedPipeTest {

    private LogPipe pipe;
    private final List<FaultyStore> stores = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();

    private FaultyStore openFaulty(StoreKind kind) {
        pipe = open(builder -> builder.store(kind)
                .ringBytes(256 << 10)
                .segmentBytes(1 << 20)
                .maxBytes(64 << 20)
                .storeWrapper(store -> {
                    stores.add(new FaultyStore(store));
                    return stores.get(stores.size() - 1);
                }));
        pipe.flush().block(Patience.LIMIT);
        return stores.get(0);
    }

    private void deliver() {
        pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(batch -> {
            LogPipeTest.records(LogPipeTest.parse(batch))
                    .forEach(record -> bodies.add(record.getBody().getStringValue()));
            acknowledge(batch);
        });
    }

    /** Offers until the ring is full; returns how many were accepted. */
    private int fillRing() {
        int accepted = 0;
        while (pipe.offer(Severity.ERROR, "scope", "body " + accepted + "x".repeat(1000))) {
            accepted++;
        }
        return accepted;
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void errorsOfSingleAppends_loseNothing_andTheStoreStays(StoreKind kind) {
        FaultyStore disk = openFaulty(kind);
        deliver();
        int accepted = 0;
        for (int round = 0; round < 5; round++) {
            disk.failNext.set(2);
            for (int i = 0; i < 20; i++) {
                accepted += pipe.offer(Severity.INFO, "scope", "body " + accepted) ? 1 : 0;
            }
            pipe.flush().block(Patience.LIMIT);
        }

        int all = accepted;
        await().until(() -> bodies.size() == all && pipe.held() == 0);
        assertThat(bodies)
                .containsExactlyElementsOf(
                        IntStream.range(0, all).mapToObj(i -> "body " + i).toList());
        assertThat(all).isEqualTo(100);
        assertThat(pipe.store().kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void diskThatKeepsFailing_isReplaced_andWhatItHoldsIsThereAfterARestart(StoreKind kind) {
        FaultyStore disk = openFaulty(kind);
        for (int i = 0; i < 10; i++) {
            pipe.offer(Severity.INFO, "scope", "before " + i);
        }
        pipe.flush().block(Patience.LIMIT);
        disk.failing = FaultyStore.EIO;
        pipe.offer(Severity.INFO, "scope", "after");

        await().until(() -> pipe.store().kind() != kind);
        deliver();
        await().until(() -> bodies.size() == 1);
        assertThat(bodies).containsExactly("after");
        assertThat(pipe.held()).as("the failed store still has them").isEqualTo(10);
        conserved();
        assertThat(pipe.close(Patience.LIMIT)).isEqualTo(new CloseReport(0, 10, 0));

        restart();
        bodies.clear();
        stores.clear();
        openFaulty(kind);
        deliver();
        await().until(() -> bodies.size() == 10 && pipe.held() == 0);
        assertThat(account().recovered()).isEqualTo(10);
    }

    @Test
    void diskWithoutRoom_isWaitedFor() {
        FaultyStore disk = openFaulty(StoreKind.FILE);
        disk.failing = FaultyStore.ENOSPC;
        int accepted = fillRing();
        await().until(() -> {
            pipe.offer(Severity.ERROR, "scope", "y".repeat(1000));
            return account().dropped().getOrDefault(DropReason.DISK_FULL, 0L) > 0;
        });
        assertThat(pipe.held()).as("all accepted ones wait").isGreaterThanOrEqualTo(accepted);
        conserved();

        disk.failing = null;
        deliver();
        await().until(() -> pipe.held() == 0);
        assertThat(bodies.stream().filter(body -> body.startsWith("body"))).hasSize(accepted);
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.FILE);
    }

    @Test
    void failingFsync_isToldToWhoWaits_andStopsNothing() {
        FaultyStore disk = openFaulty(StoreKind.FILE);
        deliver();
        disk.failingFsync = FaultyStore.EIO;
        assertThatThrownBy(() -> pipe.offerMono(Severity.INFO, "scope", "unsafe", Attributes.empty())
                        .block(Patience.LIMIT))
                .isInstanceOf(RecordRefusedException.class)
                .hasMessageContaining("fsync");
        assertThat(pipe.offer(Severity.INFO, "scope", "goes on")).isTrue();
        await().until(() -> bodies.size() == 2 && pipe.held() == 0);

        disk.failingFsync = null;
        pipe.offerMono(Severity.INFO, "scope", "safe", Attributes.empty()).block(Patience.LIMIT);
        await().until(() -> bodies.size() == 3 && pipe.held() == 0);
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.FILE);
    }

    @Test
    void hangingFsync_keepsNoCallerWaiting_andEverythingAcceptedArrives() {
        FaultyStore disk = openFaulty(StoreKind.FILE);
        CountDownLatch hanging = new CountDownLatch(1);
        disk.slowFsync = hanging;
        pipe.offer(Severity.INFO, "scope", "first");
        await().until(() -> disk.inFsync);

        int accepted = fillRing();
        assertThat(accepted).as("the whole ring is there while the disk hangs").isGreaterThan(200);
        assertThat(pipe.offer(Severity.ERROR, "scope", "z".repeat(1000))).isFalse();
        assertThat(account().dropped()).containsKey(DropReason.QUEUE_FULL);
        conserved();

        disk.slowFsync = null;
        hanging.countDown();
        deliver();
        await().until(() -> pipe.held() == 0);
        assertThat(bodies.stream().filter(body -> body.startsWith("body"))).hasSize(accepted);
    }

    @Test
    void directoryThatIsRemoved_isLeftForMemory() throws Exception {
        openFaulty(StoreKind.FILE);
        pipe.offer(Severity.INFO, "scope", "first");
        pipe.flush().block(Patience.LIMIT);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }

        await().until(() -> {
            for (int i = 0; i < 100; i++) {
                pipe.offer(Severity.INFO, "scope", "x".repeat(10_000));
            }
            return pipe.store().kind() == StoreKind.MEMORY;
        });
        deliver();
        pipe.offer(Severity.INFO, "scope", "last");
        await().until(() -> bodies.contains("last"));
        // For a minute the pipe takes the folder for one that comes back; a close counts what was removed with it.
    }

    @Test
    void receiverAway_diskStaysWithinItsBound_andTheRestComesInOrder() {
        pipe = open(
                builder -> builder.store(StoreKind.FILE).segmentBytes(1 << 20).maxBytes(4 << 20));
        for (int i = 0; i < 10_000; i++) {
            while (!pipe.offer(Severity.ERROR, "scope", i + " " + "x".repeat(1000))) {
                Thread.yield();
            }
        }
        pipe.flush().block(Patience.LIMIT);
        assertThat(pipe.stats().storeBytes()).isLessThanOrEqualTo(4 << 20);

        deliver();
        await().until(() -> pipe.held() == 0);
        List<Integer> numbers = bodies.stream()
                .filter(body -> body.endsWith("x"))
                .map(body -> Integer.parseInt(body.substring(0, body.indexOf(' '))))
                .toList();
        assertThat(numbers).isSorted().endsWith(9_999).doesNotHaveDuplicates();
        assertThat(account().dropped()).containsKey(DropReason.DISK_FULL);
    }
}

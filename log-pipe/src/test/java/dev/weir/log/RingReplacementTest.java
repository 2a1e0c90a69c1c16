// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.DropReason;
import dev.weir.core.HealthContribution.Status;
import dev.weir.core.TelemetryRuntime;
import io.opentelemetry.api.logs.Severity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever becomes of the ring's file: records go on, and are as durable again as they were meant to be. */
class RingReplacementTest extends ConservedPipeTest {

    private int offered;

    /** The memory of a file that was cut gives an InternalError at any place. */
    @BeforeEach
    void filesAreCut() {
        expectFailedSteps();
    }

    private void offer(LogPipe pipe, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(pipe.offer(Severity.ERROR, "scope" + i % 3, "record " + offered++))
                    .isTrue();
        }
    }

    private List<String> bodies(int count) {
        return IntStream.range(0, count).mapToObj(i -> "record " + i).toList();
    }

    private List<Path> rings() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("ring-\\d+\\.dat"))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** What is in the ring's file, as another process would see it after a kill. */
    private long inFiles() {
        return PipeInspector.of(directory).verify().stream()
                .filter(part -> part.store().equals("ring"))
                .mapToLong(PipeInspector.Part::records)
                .sum();
    }

    private static void cut(Path file, long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    private LogPipe openWithStoreThatFails(FaultyStore[] store) {
        return open(builder -> builder.store(StoreKind.FILE)
                .whenDiskFull(DiskPolicy.DROP_NEWEST)
                .storeWrapper(wrapped -> {
                    store[0] = new FaultyStore(wrapped);
                    return store[0];
                }));
    }

    /** Whatever the disk's thread has begun is done. */
    private void afterThisRound() throws Exception {
        FutureTask<Void> task = new FutureTask<>(() -> null);
        runtime.threads().io().execute(task);
        task.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void fileThatIsRemoved_isReplaced() throws Exception {
        LogPipe pipe = open(StoreKind.FILE);
        Received received = receive();
        offer(pipe, 100);
        Files.delete(rings().get(0));

        await().until(() -> {
            offer(pipe, 1);
            return rings().size() == 1;
        });
        offer(pipe, 100);

        await().until(() -> received.lines.size() == offered);
        assertThat(received.lines.stream().map(Received.Line::body))
                .containsExactlyInAnyOrderElementsOf(bodies(offered));
        assertThat(pipe.stats().dropped()).isZero();
    }

    @Test
    void otherFileInItsPlace_isNotTouched() throws Exception {
        LogPipe pipe = open(StoreKind.FILE);
        Path ring = rings().get(0);
        Files.delete(ring);
        Files.writeString(ring, "somebody else's");

        await().until(() -> rings().size() == 2);
        offer(pipe, 100);
        pipe.flush().block(Patience.LIMIT);

        assertThat(Files.readString(ring)).isEqualTo("somebody else's");
        Files.delete(ring);
    }

    @Test
    void fileThatIsCut_costsWhatWasBehindTheCut_andIsReplaced() throws Exception {
        FaultyStore[] store = new FaultyStore[1];
        LogPipe pipe = openWithStoreThatFails(store);
        pipe.flush().block(Patience.LIMIT);
        offer(pipe, 1000);
        pipe.flush().block(Patience.LIMIT);
        store[0].failing = FaultyStore.ENOSPC;
        offer(pipe, 10_000);
        Path ring = rings().get(0);

        cut(ring, Files.size(ring) - (3 << 20) - (1 << 19));
        await().until(() -> rings().size() == 2);
        afterThisRound();
        offer(pipe, 100);
        store[0].failing = null;

        Received received = receive();
        await().until(() -> pipe.held() == 0);
        long lost = pipe.dropped(DropReason.CORRUPTED, Severity.INFO);
        assertThat(lost).isPositive();
        assertThat((long) received.lines.size()).isEqualTo(offered - lost);
        List<String> bodies = received.lines.stream().map(Received.Line::body).toList();
        assertThat(bodies).doesNotHaveDuplicates().contains("record 0", "record 1000", "record " + (offered - 1));
        assertThat(received.lines.stream().map(Received.Line::scope)).allMatch(scope -> scope.startsWith("scope"));
        await().until(() -> rings().size() == 1);
        assertThat(pipe.stats().damaged()).isEqualTo(1);
    }

    @Test
    void fileThatIsEmptiedWhileManyLog_isReplaced() throws Exception {
        LogPipe pipe = open(StoreKind.FILE);
        Received received = receive();
        List<String> accepted = new CopyOnWriteArrayList<>();
        List<Thread> threads = IntStream.range(0, 3)
                .mapToObj(i -> new Thread(() -> log(pipe, i, accepted)))
                .toList();
        threads.forEach(Thread::start);
        for (int round = 0; round < 3; round++) {
            Path ring = rings().get(0);
            int before = accepted.size();
            await().until(() -> accepted.size() > before + 100);
            cut(ring, 0);
            await().until(() -> rings().size() == 1 && !rings().contains(ring));
        }
        int before = accepted.size();
        await().until(() -> accepted.size() > before + 100);
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            thread.join();
        }

        await().until(() -> pipe.held() == 0);
        // The JVM's error may strike while a text is read: the record says so instead.
        assertThat(received.lines.stream()
                        .map(Received.Line::body)
                        .filter(body -> !body.equals(InternalError.class.getName())))
                .as("memory that is not there gives no records")
                .doesNotHaveDuplicates()
                .allMatch(body -> body.matches("[0-2]:\\d+"));
        // Some were accepted just before the cut.
        assertThat(received.lines.size() + pipe.dropped(DropReason.CORRUPTED, Severity.INFO))
                .isGreaterThanOrEqualTo(accepted.size());
    }

    private static void log(LogPipe pipe, int thread, List<String> accepted) {
        int next = 0;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    String body = thread + ":" + next++;
                    if (pipe.offer(Severity.ERROR, "scope", body)) {
                        accepted.add(body);
                    }
                    LockSupport.parkNanos(1_000_000);
                }
            } catch (InternalError ofTheJvm) {
                // It says where it likes that a page of a file was not there.
            }
        }
    }

    @Test
    void directoryThatBecomesFree_getsTheRing_andWhatOthersLeftIsGivenOut() throws Exception {
        try (TelemetryRuntime others = TelemetryRuntime.create()) {
            FaultyStore[] store = new FaultyStore[1];
            LogPipe first = LogPipe.builder(directory)
                    .runtime(others)
                    .store(StoreKind.FILE)
                    .minFreeBytes(0)
                    .storeWrapper(wrapped -> {
                        store[0] = new FaultyStore(wrapped);
                        store[0].failing = FaultyStore.ENOSPC;
                        return store[0];
                    })
                    .build();
            for (int i = 0; i < 100; i++) {
                first.offer(Severity.ERROR, "scope", "left " + i);
            }
            LogPipe pipe = open(StoreKind.FILE);
            offer(pipe, 100);
            assertThat(runtime.health().status()).isEqualTo(Status.DEGRADED);
            first.close(Patience.LIMIT);

            await().until(() -> runtime.health().status() == Status.UP);
            Received received = receive();
            offer(pipe, 100);
            await().until(() -> received.lines.size() == 300);
            await().until(() -> rings().size() == 1);
            findsMore(directory, 100);
        }
    }

    @Test
    void ringDirectoryThatAppearsLater_getsTheRing() throws Exception {
        Path rings = directory.resolve("missing");
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).ringDirectory(rings));
        offer(pipe, 100);
        pipe.flush().block(Patience.LIMIT);
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.FILE);
        assertThat(runtime.health().status()).isEqualTo(Status.DEGRADED);

        Files.createDirectory(rings);

        await().until(() -> runtime.health().status() == Status.UP);
        try (Stream<Path> files = Files.list(rings)) {
            assertThat(files).hasSize(1);
        }
        Received received = receive();
        offer(pipe, 100);
        await().until(() -> received.lines.size() == 200);
    }

    @Test
    void scopesOfTheRingBefore_areInTheNextOnesFile() throws Exception {
        FaultyStore[] store = new FaultyStore[1];
        LogPipe pipe = openWithStoreThatFails(store);
        offer(pipe, 10);
        pipe.flush().block(Patience.LIMIT);
        Files.delete(rings().get(0));
        await().until(() -> rings().size() == 1);
        pipe.flush().block(Patience.LIMIT);
        store[0].failing = FaultyStore.ENOSPC;
        offer(pipe, 10);
        assertThat(inFiles()).isEqualTo(10);
        pipe.close(Patience.LIMIT);
        restart();

        LogPipe next = open(StoreKind.FILE);
        Received received = receive();
        await().until(() -> received.lines.size() == 20);
        assertThat(received.lines.stream().map(Received.Line::scope)).allMatch(scope -> scope.startsWith("scope"));
        assertThat(next.stats().damaged()).isZero();
    }

    @Test
    void offerMono_ofARecordThatTheCutTook_errors() throws Exception {
        FaultyStore[] store = new FaultyStore[1];
        LogPipe pipe = openWithStoreThatFails(store);
        pipe.flush().block(Patience.LIMIT);
        store[0].failing = FaultyStore.ENOSPC;
        List<String> answers = new CopyOnWriteArrayList<>();
        pipe.offerMono(Severity.ERROR, "scope", "refund", io.opentelemetry.api.common.Attributes.empty())
                .subscribe(done -> {}, error -> answers.add("error"), () -> answers.add("done"));
        cut(rings().get(0), 4096);

        await().until(() -> answers.equals(List.of("error")));
        await().until(() -> pipe.dropped(DropReason.CORRUPTED, Severity.INFO) == 1);
        // What the pipe says of the loss is a record, too, and waits for the store.
        store[0].failing = null;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.HealthContribution;
import dev.weir.core.HealthContribution.Status;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever takes the store away, records go on, and once it is back the pipe is as durable as before. */
class WayBackTest extends ConservedPipeTest {

    private int offered;

    private void offer(LogPipe pipe, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(pipe.offer(Severity.ERROR, "scope", "record " + offered++))
                    .isTrue();
        }
    }

    private List<String> bodies(int count) {
        return IntStream.range(0, count).mapToObj(i -> "record " + i).toList();
    }

    private String health() {
        return runtime.health().contributions().stream()
                .filter(room -> room.status() == Status.DEGRADED)
                .map(HealthContribution::detail)
                .collect(Collectors.joining());
    }

    private static String folder(StoreKind kind) {
        return kind == StoreKind.FILE ? "file" : "chronicle";
    }

    @Test
    void folderThatIsAwayForAWhile_costsNothing() throws Exception {
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).segmentBytes(1 << 20));
        offer(pipe, 500);
        pipe.flush().block();
        Files.move(directory.resolve("file"), directory.resolve("away"));
        // Until a segment is full, records go to the open file.
        await().until(() -> {
            offer(pipe, 500);
            pipe.flush().block();
            return pipe.store().kind() == StoreKind.MEMORY;
        });
        assertThat(pipe.store().reason()).contains("tried again");
        offer(pipe, 500);

        Files.move(directory.resolve("away"), directory.resolve("file"));
        await().until(() -> pipe.store().kind() == StoreKind.FILE);
        offer(pipe, 500);
        pipe.flush().block();

        Received received = receive();
        await().until(() -> received.lines.size() == offered);
        assertThat(received.lines.stream().map(Received.Line::body))
                .containsExactlyInAnyOrderElementsOf(bodies(offered));
    }

    @Test
    void whatWentToMemoryMeanwhile_isDurableOnceTheStoreIsBack() throws Exception {
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE).segmentBytes(1 << 20));
        pipe.flush().block();
        Files.move(directory.resolve("file"), directory.resolve("away"));
        offer(pipe, 500);
        await().until(() -> {
            pipe.flush().block();
            return pipe.store().kind() == StoreKind.MEMORY;
        });
        Files.move(directory.resolve("away"), directory.resolve("file"));
        await().until(() -> pipe.store().kind() == StoreKind.FILE);
        pipe.flush().block();

        assertThat(PipeInspector.of(directory).verify().stream()
                        .filter(part -> part.store().equals("file"))
                        .mapToLong(PipeInspector.Part::records)
                        .sum())
                .isEqualTo(500);
    }

    @Test
    void readerWhoseFolderIsAwayForAWhile_losesNothing() throws Exception {
        LogPipe pipe = open(StoreKind.FILE);
        offer(pipe, 500);
        pipe.flush().block();
        Files.move(directory.resolve("file"), directory.resolve("away"));
        Received received = receive();
        await().until(() -> health().contains("reading failed"));
        assertThat(account().queued()).isEqualTo(500);
        Files.move(directory.resolve("away"), directory.resolve("file"));

        await().until(() -> received.lines.size() == 500);
        await().until(() -> health().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(names = {"FILE", "CHRONICLE"})
    void segmentThatVanishes_isCounted_andTheNextRecordsAreSafe(StoreKind kind) throws Exception {
        LogPipe pipe = open(kind);
        pipe.flush().block();
        offer(pipe, 100);
        pipe.flush().block();
        try (var files = Files.newDirectoryStream(directory.resolve(folder(kind)), "*.{weir,cq4}")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Received received = receive();
        await().until(() -> pipe.held() == 0);
        offer(pipe, 100);

        await().until(() -> received.lines.size() == 100);
        assertThat(account().droppedTotal()).isEqualTo(100);
    }

    @Test
    void otherPipeThatLeaves_leavesItsPlace() throws Exception {
        LogPipe first = open(StoreKind.FILE);
        LogPipe pipe = open(StoreKind.FILE);
        offer(pipe, 100);
        pipe.flush().block();
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.MEMORY);

        first.close();

        await().until(() -> pipe.store().kind() == StoreKind.FILE);
        Received received = receive();
        offer(pipe, 100);
        await().until(() -> received.lines.size() == 200);
    }

    @Test
    void rightsThatComeBack_areUsed() throws Exception {
        assumeTrue(!System.getProperty("user.name").equals("root"), "root has all rights");
        LogPipe pipe = open(StoreKind.FILE);
        pipe.flush().block();
        assertThat(directory.resolve("file").toFile().setWritable(false)).isTrue();
        offer(pipe, 100);
        await().until(() -> pipe.store().kind() == StoreKind.MEMORY);

        assertThat(directory.resolve("file").toFile().setWritable(true)).isTrue();

        await().until(() -> pipe.store().kind() == StoreKind.FILE);
    }

    @Test
    void segmentsUnderABatchInHand_areNotGivenUp() throws Exception {
        LogPipe pipe = open(builder -> builder.store(StoreKind.FILE)
                .segmentBytes(1 << 20)
                .maxBytes(4 << 20)
                .ringBytes(1 << 20));
        java.util.concurrent.atomic.AtomicReference<LogBatch> inHand =
                new java.util.concurrent.atomic.AtomicReference<>();
        pipe.batches().subscribe(new reactor.core.publisher.BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
                subscription.request(1);
            }

            @Override
            protected void hookOnNext(LogBatch batch) {
                inHand.set(batch);
            }
        });
        String body = "x".repeat(900);
        for (int i = 0; i < 8000; i++) {
            pipe.offer(Severity.ERROR, "scope", body);
            if (i % 500 == 0) {
                pipe.flush().block();
            }
        }
        pipe.flush().block();
        await().until(() -> inHand.get() != null);
        assertThat(pipe.stats().dropped()).isPositive();
        // A restart finds what is in hand: the base class compares.
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.logs.Severity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** While Chronicle Queue is made ready, plain files take the records; nothing is refused, lost or out of order. */
class FirstSecondTest extends ConservedPipeTest {

    private static final int RECORDS = 20_000;
    private static final long PAUSE_NANOS = 200_000;

    private int segments(String store, String ending) throws IOException {
        Path folder = directory.resolve(store);
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + ending)) {
            return (int) StreamSupport.stream(files.spliterator(), false).count();
        }
    }

    private void offer(LogPipe pipe, int from, int to) {
        for (int i = from; i < to; i++) {
            assertThat(pipe.offer(Severity.INFO, "scope", "record " + i)).isTrue();
            if (i % 10 == 0) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private static List<String> bodies(int count) {
        return IntStream.range(0, count).mapToObj(i -> "record " + i).toList();
    }

    @Test
    void recordsOfTheFirstSecond_areTaken_andGivenOutFirst() throws Exception {
        LogPipe pipe = open(StoreKind.CHRONICLE);
        offer(pipe, 0, RECORDS / 2);
        await().until(() -> segments("file", ".weir") > 0);
        assertThat(segments("chronicle", ".cq4")).isZero();

        pipe.flush().block();
        offer(pipe, RECORDS / 2, RECORDS);
        pipe.flush().block();
        assertThat(segments("chronicle", ".cq4")).isPositive();

        Received received = receive();
        await().until(() -> received.lines.size() == RECORDS);
        assertThat(received.lines.stream().map(Received.Line::body)).containsExactlyElementsOf(bodies(RECORDS));
    }

    @Test
    void pipeThatEndsBeforeThat_leavesItsRecordsToTheNext() throws Exception {
        LogPipe pipe = open(StoreKind.CHRONICLE);
        offer(pipe, 0, 1_000);
        pipe.close();
        assertThat(segments("chronicle", ".cq4")).isZero();

        restart();
        open(StoreKind.CHRONICLE);
        Received received = receive();
        await().until(() -> received.lines.size() == 1_000);
        assertThat(received.lines.stream().map(Received.Line::body)).containsExactlyElementsOf(bodies(1_000));
    }

    @Test
    void bothStores_haveOneBound() throws Exception {
        LogPipe pipe = open(builder -> builder.store(StoreKind.CHRONICLE)
                .segmentBytes(1 << 20)
                .maxBytes(16 << 20)
                .ringBytes(1 << 20));
        String filling = "x".repeat(4_000);
        for (int i = 0; i < 2_000; i++) {
            pipe.offer(Severity.ERROR, "scope", filling);
            if (i % 100 == 99) {
                LockSupport.parkNanos(100 * PAUSE_NANOS);
            }
        }
        for (int i = 0; i < 4_000; i++) {
            pipe.offer(Severity.ERROR, "scope", filling);
            if (i % 100 == 99) {
                pipe.flush().block();
            }
        }

        // What a queue's file has beside its entries counts once the file is there.
        assertThat(pipe.stats().storeBytes()).isLessThanOrEqualTo(19 << 20);
    }
}

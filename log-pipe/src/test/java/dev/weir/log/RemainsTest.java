// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.DropReason;
import dev.weir.core.LedgerSnapshot;
import io.opentelemetry.api.logs.Severity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What earlier runs left in a pipe's directory: it is taken, counted, removed, or left for somebody who can read it.
 */
@Tag("opens")
class RemainsTest extends ConservedPipeTest {

    private final List<String> bodies = new CopyOnWriteArrayList<>();

    private LogPipe openSmall(StoreKind store) {
        return open(builder -> builder.store(store).segmentBytes(1 << 20));
    }

    /** Takes everything that is there, in a run of its own; returns the account. */
    private LedgerSnapshot takeAll(StoreKind store, long expectedDamage) {
        bodies.clear();
        LogPipe pipe = openSmall(store);
        pipe.batches().subscribe(batch -> {
            LogPipeTest.records(LogPipeTest.parse(batch))
                    .forEach(record -> bodies.add(record.getBody().getStringValue()));
            acknowledge(batch);
        });
        pipe.offer(Severity.INFO, "scope", "new");
        pipe.flush().block(Patience.LIMIT);
        await().until(() -> bodies.contains("new") && pipe.held() == 0);
        assertThat(pipe.stats().damaged()).isEqualTo(expectedDamage);
        pipe.close(Patience.LIMIT);
        LedgerSnapshot account = account();
        restart();
        return account;
    }

    private void fill(StoreKind store, int records) {
        LogPipe pipe = openSmall(store);
        pipe.flush().block(Patience.LIMIT);
        for (int i = 0; i < records; i++) {
            pipe.offer(Severity.INFO, "scope", "#" + i + "#" + "x".repeat(500));
            if (i % 50 == 49) {
                pipe.flush().block(Patience.LIMIT);
            }
        }
        restart();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void killsAtTheStart_leaveNothingBehind(StoreKind store) throws IOException {
        for (int start = 1; start <= 4; start++) {
            Files.write(directory.resolve(String.format("ring-%08d.dat", start * 10)), new byte[1 << 20]);
            Path segments = Files.createDirectories(directory.resolve(store == StoreKind.FILE ? "file" : "chronicle"));
            String name = store == StoreKind.FILE ? "seg-00000000%d0.weir" : "1970010%d-20F.cq4";
            Files.write(segments.resolve(String.format(name, start)), new byte[1 << 20]);

            assertThat(takeAll(store, 0).dropped()).isEmpty();
        }

        assertThat(names()).noneMatch(name -> name.contains("quarantine") || name.contains("ring-"));
        // The lock; of each store that was in use its cursor and its last segment; the queue's metadata.
        assertThat(names()).hasSizeLessThanOrEqualTo(store == StoreKind.CHRONICLE ? 6 : 3);
    }

    @Test
    void killDuringTheFirstUse_keepsNoFlushFromTheQueue() throws IOException {
        Path firstUse = Files.createDirectories(directory.resolve("chronicle").resolve("first-use"));
        Files.write(firstUse.resolve("19700101-01F.cq4"), new byte[1 << 20]);
        LogPipe pipe = open(StoreKind.CHRONICLE);
        pipe.flush().block(Patience.LIMIT);

        assertThat(pipe.store().kind()).as(pipe.store().reason()).isEqualTo(StoreKind.CHRONICLE);
        assertThat(firstUse).doesNotExist();
    }

    @Test
    void queueOfAnEarlierRun_isReadWithoutTheQueue_damagedAsItIs() throws IOException {
        fill(StoreKind.CHRONICLE, 1000);
        Path segment = directory.resolve("chronicle").resolve("19700101-01F.cq4");
        byte[] bytes = Files.readAllBytes(segment);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("#20#");
        bytes[at + 300] ^= 1;
        Files.write(segment, bytes);

        LedgerSnapshot ledger = takeAll(StoreKind.FILE, 1);

        long lost = ledger.dropped().getOrDefault(DropReason.CORRUPTED, 0L);
        assertThat(lost).isBetween(1L, 100L);
        assertThat(bodies.stream().filter(body -> body.startsWith("#"))).hasSize((int) (1000 - lost));
        assertThat(ledger.dropped()).containsOnlyKeys(DropReason.CORRUPTED);
    }

    @Test
    void ringOfANewerVersion_isLeftAsItIs() throws IOException {
        Path ring = directory.resolve("ring-00000001.dat");
        ByteBuffer header = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        header.put(0, "WEIRRING".getBytes(StandardCharsets.US_ASCII));
        header.putInt(8, 9).putInt(12, 256 << 10).putInt(16, 64 << 10).putLong(24, 7);
        CRC32C crc = new CRC32C();
        crc.update(header.duplicate().limit(32));
        header.putInt(32, (int) crc.getValue());
        Files.write(ring, header.array());

        assertThat(takeAll(StoreKind.FILE, 0).dropped()).isEmpty();

        assertThat(Files.readAllBytes(ring)).isEqualTo(header.array());
    }

    @Test
    void damagedRing_isCounted_andTheRestArrives() throws Exception {
        LogPipe pipe = open(directory.resolve("first"), builder -> builder.store(StoreKind.FILE));
        pipe.flush().block(Patience.LIMIT);
        for (int i = 0; i < 20; i++) {
            pipe.offer(Severity.INFO, "scope", "#" + i + "#" + "x".repeat(100));
        }
        // Before it is ten milliseconds old, most often; else there is nothing to see here.
        byte[] bytes = Files.readAllBytes(directory.resolve("first").resolve("ring-00000001.dat"));
        pipe.close(Patience.LIMIT);
        restart();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = text.indexOf("#7#");
        assumeTrue(at > 0 && text.contains("#19#") && text.contains("#0#"));
        Path ring = directory.resolve("ring-00000001.dat");
        Files.write(ring, bytes);
        try (FileChannel channel = FileChannel.open(ring, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'?'}), at + 50);
        }
        // As if a kill had left it there.
        findsMore(directory, 20);

        LedgerSnapshot ledger = takeAll(StoreKind.FILE, 1);

        assertThat(ledger.dropped()).containsExactly(Map.entry(DropReason.CORRUPTED, 1L));
        assertThat(bodies.stream().filter(body -> body.startsWith("#")))
                .hasSize(19)
                .noneMatch(body -> body.startsWith("#7#"));
    }
}

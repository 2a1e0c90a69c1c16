// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Spool;
import dev.weir.log.LogPipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The export on the spool of the real log pipe: outages, restarts and {@code kill -9}. How many times a process is killed is
 * the system property {@code test.spool.kills}; the dice are printed by the assertion that fails.
 */
class RealSpoolTest extends ExportTestBase {

    private static final int KILLS = Integer.getInteger("test.spool.kills", 4);

    @TempDir
    Path directory;

    private LogPipe pipe;
    private Spool spool;

    private void use(Durability durability, String url, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "weir.otlp.linger", "10ms",
                "weir.otlp.concurrency.max", "1",
                "weir.otlp.memory.bytes", "64k",
                "weir.otlp.batch.bytes", "16k",
                "weir.log.min.free.bytes", "0"));
        settings.putAll(more);
        TelemetryRuntime runtime = runtime(settings);
        pipe = LogPipe.builder(directory.resolve("pipe")).runtime(runtime).build();
        spool = pipe.spool("otlp");
        export = SpoolProcess.export(runtime, spool, url, durability);
    }

    @AfterEach
    void closePipe() {
        if (pipe != null) {
            export.close(Duration.ofSeconds(2));
            pipe.close(Duration.ofSeconds(2));
        }
    }

    private String away() {
        String url = receiver.url();
        receiver.close();
        return url;
    }

    private void back(String url) {
        receiver = new Receiver(Integer.parseInt(url.substring(url.lastIndexOf(':') + 1)));
    }

    @Test
    void outage_restart_replay_everythingArrivesOnceAndInOrder() {
        String url = away();
        use(Durability.SPILL, url, Map.of());
        for (int i = 1; i <= 20; i++) {
            spans(100);
            int made = i * 100;
            await().until(() -> account(Signal.TRACES).queued() == made
                    && export.status().of(Signal.TRACES).queueRecords() == 0);
        }
        await().atMost(LONG)
                .until(() -> export.status().of(Signal.TRACES).state().equals("down"));
        assertConserved();
        assertThat(export.close(Duration.ofSeconds(2))).isEqualTo(new CloseReport(0, 2_000, 0));
        assertConserved();
        pipe.close(Duration.ofSeconds(2));

        use(Durability.SPILL, url, Map.of());
        await().until(() -> account(Signal.TRACES).recovered() == 2_000);
        assertConserved();
        spans(100);
        back(url);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 2_100);
        assertThat(receiver.names("traces")).containsExactlyElementsOf(names(2_100));
        assertConserved();
        assertThat(spool.records(Signal.TRACES)).isZero();
    }

    @Test
    void flush_whileTheReceiverIsAway_isDoneOnceAllIsOnDisk() {
        use(Durability.ALWAYS, away(), Map.of());
        for (int i = 0; i < 5; i++) {
            spans(50);
            assertThat(export.flush(LONG).block()).isTrue();
        }
        assertThat(account(Signal.TRACES).queued()).isEqualTo(250);
        assertConserved();
    }

    /** The limit is for as many kills as somebody asks for. */
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void killed_whileTheReceiverIsAway_nothingThatWasFlushedIsLost() throws Exception {
        String url = away();
        Random random = new Random();
        long seed = random.nextLong();
        random.setSeed(seed);
        List<int[]> runs = new ArrayList<>();
        int start = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            try (SpoolProcess process = SpoolProcess.start(directory.resolve("pipe"), url, start)) {
                int rounds = 1 + random.nextInt(20);
                int safe = 0;
                for (int i = 0; i < rounds; i++) {
                    safe = process.nextSafe();
                }
                safe = process.kill(safe);
                assertThat(safe).as("seed %d, run %d", seed, kill).isPositive();
                runs.add(new int[] {start, safe});
                start = safe + 1_000_000;
            }
        }

        use(Durability.ALWAYS, url, Map.of());
        await().until(() -> account(Signal.TRACES).recovered() > 0);
        long recovered = account(Signal.TRACES).recovered();
        back(url);
        long[] most = {0};
        await().atMost(LONG).until(() -> {
            most[0] = Math.max(most[0], export.status().of(Signal.TRACES).memoryBytes());
            return account(Signal.TRACES).queued() == 0 && account(Signal.LOGS).queued() == 0;
        });

        assertThat(account(Signal.TRACES).delivered()).as("seed %d", seed).isEqualTo(recovered);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertThat(most[0]).as("bytes in memory").isLessThan(128 * 1024);
        for (String signal : List.of("traces", "logs")) {
            List<Integer> numbers =
                    receiver.names(signal).stream().map(Integer::valueOf).toList();
            assertThat(numbers).as("%s, seed %d", signal, seed).isSorted().doesNotHaveDuplicates();
            for (int[] run : runs) {
                assertThat(numbers.stream().filter(n -> n >= run[0] && n < run[1]))
                        .as("%s, seed %d", signal, seed)
                        .hasSize(run[1] - run[0]);
            }
        }
        assertConserved();
    }

    @Test
    void killed_whileItReplays_repeatsAtMostWhatWasInFlight() throws Exception {
        String url = away();
        int safe = 0;
        try (SpoolProcess process = SpoolProcess.start(directory.resolve("pipe"), url, 0)) {
            for (int i = 0; i < 30; i++) {
                safe = process.nextSafe();
            }
            safe = process.kill(safe);
        }
        back(url);
        try (SpoolProcess process = SpoolProcess.start(directory.resolve("pipe"), url, safe + 1_000_000)) {
            await().atMost(LONG).until(() -> receiver.requests.size() >= 10);
            process.kill(0);
        }
        int last = safe;

        use(Durability.ALWAYS, url, Map.of());
        await().atMost(LONG)
                .until(() -> receiver.names("traces").contains(Integer.toString(last - 1))
                        && account(Signal.TRACES).queued() == 0);

        List<String> arrived = receiver.names("traces");
        assertThat(arrived)
                .contains(java.util.stream.IntStream.range(0, last)
                        .mapToObj(Integer::toString)
                        .toArray(String[]::new));
        int repeated = arrived.size() - (int) arrived.stream().distinct().count();
        assertThat(repeated).as("repeated spans").isLessThanOrEqualTo(4 * 20);
        assertConserved();
    }

    @Test
    void directoryThatCannotBeUsed_theSpoolIsInMemoryAndTheCloseSaysSo() throws Exception {
        Files.createFile(directory.resolve("pipe"));
        use(Durability.SPILL, away(), Map.of());
        assertThat(spool.isDurable()).isFalse();
        for (int i = 1; i <= 20; i++) {
            spans(100);
            int made = i * 100;
            await().until(() -> account(Signal.TRACES).queued() == made
                    && export.status().of(Signal.TRACES).queueRecords() == 0);
        }
        assertConserved();

        assertThat(export.close(Duration.ofSeconds(1))).isEqualTo(new CloseReport(0, 0, 2_000));

        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.SHUTDOWN, 2_000L);
        assertConserved();
    }

    @Test
    void directoryOfAnotherProcess_isLeftAlone() throws Exception {
        String url = away();
        try (SpoolProcess process = SpoolProcess.start(directory.resolve("pipe"), url, 1_000_000)) {
            int safe = process.nextSafe();
            use(Durability.SPILL, url, Map.of());
            spans(100);
            await().until(() -> account(Signal.TRACES).queued() == 100);
            assertThat(account(Signal.TRACES).recovered()).isZero();
            assertThat(process.nextSafe()).isGreaterThan(safe);
        }
        back(url);
        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 100);
    }

    @Test
    void boundOfTheSpool_isKeptAndWhatDoesNotFitIsCounted() {
        use(
                Durability.SPILL,
                away(),
                Map.of(
                        "weir.log.max.bytes", "4m",
                        "weir.log.segment.bytes", "1m",
                        "weir.otlp.queue.records", "256"));
        await().atMost(LONG).until(() -> {
            spans(1_000);
            return account(Signal.TRACES).dropped().containsKey(DropReason.SEVERITY_RESERVE) && spool.bytes() > 2 << 20;
        });

        assertThat(export.status().of(Signal.TRACES).memoryBytes()).isLessThan(256 * 1024);
        assertConserved();
    }
}

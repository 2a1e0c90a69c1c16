// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.log.BatchSpec;
import dev.weir.log.Bytes;
import dev.weir.log.LogPipe;
import dev.weir.log.Patience;
import dev.weir.log.StoreKind;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kills a logging process with SIGKILL at random points and looks for every record that its pipe had accepted. How often is
 * {@code -Dtest.log.kills}; the seed is in the message of a failure.
 */
@Tag("opens")
class KillTest {

    private static final int KILLS = Integer.getInteger("test.log.kills", 6);

    /** Times, severity, scope and an empty body: no record of the victim is shorter. */
    private static final int LEAST_RECORD_BYTES = 40;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"CHRONICLE,false", "CHRONICLE,true", "FILE,false", "FILE,true"})
    void kill9_losesNoAcceptedRecord(StoreKind store, boolean deliver) throws Exception {
        long seed = Long.getLong("test.log.seed", System.nanoTime());
        Random random = new Random(seed);
        int rounds = (KILLS + 1) / 2;
        long acceptedInAll = 0;
        long duplicatesInAll = 0;
        long mostDuplicates = 0;
        for (int round = 0; round < rounds; round++) {
            Path home = Files.createDirectories(directory.resolve("round" + round));
            Path notesFile = home.resolve("notes");
            Path output = directory.resolve("output" + round);
            Process victim = Fork.start(
                    output,
                    Fork.command(
                            Fork.OPENS,
                            Victim.class,
                            home.toString(),
                            store.name(),
                            notesFile.toString(),
                            Boolean.toString(deliver)));
            await().until(() -> Files.exists(home.resolve("ready")) || !victim.isAlive());
            assertThat(victim.waitFor(5 + random.nextInt(1500), TimeUnit.MILLISECONDS))
                    .as("died by itself: %s", Files.readString(output))
                    .isFalse();
            victim.destroyForcibly().waitFor();

            MappedByteBuffer notes = Victim.notes(notesFile);
            BitSet[] recovered = {new BitSet(), new BitSet()};
            AtomicInteger twice = new AtomicInteger();
            recover(home, store, recovered, twice, seed);

            int duplicatesNow = 0;
            for (int thread = 0; thread < Victim.THREADS; thread++) {
                int accepted = notes.getInt(4 * thread);
                acceptedInAll += accepted;
                int duplicates = 0;
                for (int n = 0; n < accepted; n++) {
                    boolean before = notes.get(Victim.delivered((long) thread << 32 | n)) != 0;
                    boolean after = recovered[thread].get(n);
                    assertThat(before || after)
                            .as(
                                    "round %d: record %d of thread %d, %d accepted; seed %d",
                                    round, n, thread, accepted, seed)
                            .isTrue();
                    if (before && after) {
                        duplicates++;
                    }
                }
                duplicatesNow += duplicates;
            }
            duplicatesInAll += duplicatesNow;
            mostDuplicates = Math.max(mostDuplicates, duplicatesNow);
            assertThat(duplicatesNow)
                    .as("round %d: duplicates are at most one batch; seed %d", round, seed)
                    .isLessThanOrEqualTo(BatchSpec.DEFAULT.bytes() / LEAST_RECORD_BYTES);
            assertThat(twice.get()).as("twice after the restart; seed %d", seed).isZero();
        }
        Files.writeString(
                Files.createDirectories(Path.of("target")).resolve("kill-table.txt"),
                String.format(
                        "%-9s deliver=%-5s kills=%d accepted=%d lost=0 corrupt=0 duplicates=%d (most at one kill %d)%n",
                        store, deliver, rounds, acceptedInAll, duplicatesInAll, mostDuplicates),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND);
    }

    private static void recover(Path home, StoreKind store, BitSet[] recovered, AtomicInteger twice, long seed) {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = LogPipe.builder(home)
                    .runtime(runtime)
                    .store(store)
                    .segmentBytes(1 << 20)
                    .maxBytes(512 << 20)
                    .minFreeBytes(0)
                    .build();
            AtomicInteger own = new AtomicInteger();
            pipe.batches().subscribe(batch -> {
                own.addAndGet(Victim.forEach(Bytes.of(batch.body()), id -> {
                    BitSet of = recovered[(int) (id >>> 32)];
                    if (of.get((int) id)) {
                        twice.incrementAndGet();
                    }
                    of.set((int) id);
                }));
                runtime.ledger().of(Signal.LOGS).delivered(batch.records());
                batch.ack();
            });
            pipe.flush().block(Patience.LIMIT);
            await().until(() -> pipe.held() == 0);
            assertThat(pipe.store().kind()).isEqualTo(store);
            assertThat(pipe.stats().damaged())
                    .as(
                            "a kill is no damage; seed %d; %s",
                            seed, runtime.ledger().of(Signal.LOGS).snapshot())
                    .isZero();
            pipe.close(Patience.LIMIT);
            LedgerAssert.assertConserved(runtime.ledger());
            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().recovered())
                    .isEqualTo(recovered[0].cardinality() + recovered[1].cardinality() + own.get());
        }
    }
}

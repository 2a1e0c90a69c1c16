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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Victims that work one after the other in the same directory, and the search for what their pipes accepted. */
final class Victims {

    /** Times, severity, scope and an empty body: no record of the victim is shorter. */
    private static final int LEAST_RECORD_BYTES = 40;

    private static final int MOST_RECORDS_OF_A_BATCH = BatchSpec.DEFAULT.bytes() / LEAST_RECORD_BYTES;

    /** Records that all victims accepted, and how many came more than once. */
    record Account(int accepted, int duplicates) {}

    private final Path directory;
    private final Path home;
    private final StoreKind store;
    private final boolean deliver;
    private final Notes notes;
    private int runs;

    /** @param directory of these victims alone */
    Victims(Path directory, StoreKind store, boolean deliver) throws IOException {
        this.directory = directory;
        this.home = Files.createDirectories(directory.resolve("pipe"));
        this.store = store;
        this.deliver = deliver;
        this.notes = new Notes(directory);
    }

    /** Where their pipes are. */
    Path home() {
        return home;
    }

    /** Starts the next one and waits for the moment. */
    Process start(When when) throws IOException {
        int run = runs++;
        Process victim = Fork.start(
                output(run),
                Fork.command(
                        Fork.OPENS,
                        Victim.class,
                        home.toString(),
                        directory.toString(),
                        store.name(),
                        Boolean.toString(deliver),
                        when.name(),
                        Integer.toString(run)));
        await().pollInterval(Duration.ofMillis(1)).until(() -> notes.isReached(run) || !victim.isAlive());
        return victim;
    }

    private Path output(int run) {
        return directory.resolve("output" + run);
    }

    /** Starts the next one and kills it at a random point behind the moment. */
    void kill(When when, Random random) throws IOException, InterruptedException {
        Process victim = start(when);
        assertThat(victim.waitFor(when.delayMillis(random), TimeUnit.MILLISECONDS))
                .as("died by itself: %s", Files.readString(output(runs - 1)))
                .isFalse();
        victim.destroyForcibly().waitFor();
        if (when == When.OPEN) {
            assertThat(hasBegunTheStore()).as("the wanted store was in use").isTrue();
        }
    }

    /** Whether the wanted store has a segment. */
    boolean hasBegunTheStore() throws IOException {
        String segment = store == StoreKind.CHRONICLE ? "chronicle/1970" : "file/seg-";
        return files().stream().anyMatch(name -> name.startsWith(segment));
    }

    /** All files of their pipes, relative. */
    List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> home.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    /** Opens the pipe once more, takes all there is, and looks for everything that a victim's pipe accepted. */
    Account recover(String what) throws IOException {
        Recovered recovered = new Recovered();
        open(recovered, what);

        assertThat(recovered.twice()).as("twice after the restart; %s", what).isZero();
        assertNothingIsLeft(what);
        int accepted = 0;
        int duplicates = 0;
        for (int run = 0; run < runs; run++) {
            assertThat(notes.damaged(run))
                    .as("run %d counted damage; %s", run, what)
                    .isZero();
            for (int number = 0; number < Notes.THREADS; number++) {
                int thread = Notes.thread(run, number);
                accepted += notes.accepted(thread);
                duplicates += duplicates(thread, recovered, what);
            }
        }
        assertThat(duplicates)
                .as("duplicates are at most one batch for each kill; %s", what)
                .isLessThanOrEqualTo(runs * MOST_RECORDS_OF_A_BATCH);
        return new Account(accepted, duplicates);
    }

    private int duplicates(int thread, Recovered recovered, String what) {
        int duplicates = 0;
        int accepted = notes.accepted(thread);
        for (int n = 0; n < accepted; n++) {
            long id = Notes.id(thread, n);
            int times = notes.deliveries(id) + (recovered.has(id) ? 1 : 0);
            assertThat(times)
                    .as("record %d of thread %d, %d accepted; %s", n, thread, accepted, what)
                    .isPositive();
            duplicates += times - 1;
        }
        return duplicates;
    }

    private void open(Recovered recovered, String what) {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = Victim.open(home, store, runtime)) {
            pipe.batches().subscribe(batch -> {
                recovered.take(Bytes.of(batch.body()));
                runtime.ledger().of(Signal.LOGS).delivered(batch.records());
                batch.ack();
            });
            pipe.flush().block(Patience.LIMIT);
            await().until(() -> pipe.held() == 0);
            assertThat(pipe.store().kind()).as("%s; %s", pipe.store(), what).isEqualTo(store);
            pipe.close(Patience.LIMIT);
            LedgerAssert.assertConserved(runtime.ledger());
            var account = runtime.ledger().of(Signal.LOGS).snapshot();
            assertThat(pipe.stats().damaged())
                    .as("a kill is no damage; %s; %s", account, what)
                    .isZero();
            assertThat(account.dropped()).as(what).isEmpty();
            assertThat(account.recovered()).as(what).isEqualTo(recovered.records());
        }
    }

    private void assertNothingIsLeft(String what) throws IOException {
        assertThat(files()).as(what).noneMatch(name -> name.contains("quarantine") || name.contains("ring-"));
        // The lock; of each store that was in use its cursor and its last segment; the queue's metadata.
        assertThat(files()).as(what).hasSizeLessThanOrEqualTo(store == StoreKind.CHRONICLE ? 6 : 3);
    }
}

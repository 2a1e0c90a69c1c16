// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.log.StoreKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills a logging process with SIGKILL at random points and looks for every record that its pipe had accepted. How
 * often for each combination is {@code -Dtest.log.kills}; the seed is in the message of a failure and in
 * {@code target/kill-table.txt}.
 */
@Tag("opens")
class KillTest {

    private static final String KILLS = "test.log.kills";

    @TempDir
    Path directory;

    private final long seed = Long.getLong("test.log.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private int accepted;
    private int duplicates;
    private int mostDuplicates;
    private int begun;
    private int mostFiles;

    static Stream<Arguments> combinations() {
        return Stream.of(StoreKind.CHRONICLE, StoreKind.FILE)
                .flatMap(store -> Stream.of(false, true)
                        .flatMap(deliver ->
                                Stream.of(When.OPEN, When.OPENING).map(when -> Arguments.of(store, deliver, when))));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void kill9_losesNoAcceptedRecord(StoreKind store, boolean deliver, When when) throws Exception {
        int kills = Integer.getInteger(KILLS, 2);
        for (int round = 0; round < kills; round++) {
            Path place = Files.createDirectories(directory.resolve("round" + round));
            Victims victims = new Victims(place, store, deliver);
            kill(victims, when);
            recover(victims, "round " + round);
        }
        write(store, deliver, when.name(), kills);
    }

    @ParameterizedTest
    @CsvSource({"CHRONICLE,false", "CHRONICLE,true", "FILE,false", "FILE,true"})
    void kill9_oneStartAfterTheOther_losesNoAcceptedRecord_leavesNothingBehind(StoreKind store, boolean deliver)
            throws Exception {
        int kills = Integer.getInteger(KILLS, 6);
        Victims victims = new Victims(directory, store, deliver);
        for (int start = 0; start < kills; start++) {
            kill(victims, When.STARTING);
        }
        recover(victims, "after " + kills + " starts");
        write(store, deliver, When.STARTING.name(), kills);
    }

    private void kill(Victims victims, When when) throws IOException, InterruptedException {
        victims.kill(when, random);
        begun += victims.hasBegunTheStore() ? 1 : 0;
        mostFiles = Math.max(mostFiles, victims.files().size());
    }

    private void recover(Victims victims, String what) throws IOException {
        Victims.Account account = victims.recover(what + ", seed " + seed);
        accepted += account.accepted();
        duplicates += account.duplicates();
        mostDuplicates = Math.max(mostDuplicates, account.duplicates());
    }

    private void write(StoreKind store, boolean deliver, String when, int kills) throws IOException {
        Files.writeString(
                Files.createDirectories(Path.of("target")).resolve("kill-table.txt"),
                String.format(
                        "%-9s deliver=%-5s when=%-8s kills=%d accepted=%d lost=0 corrupt=0 duplicates=%d"
                                + " (most at one recovery %d) store begun=%d most files=%d seed=%d%n",
                        store, deliver, when, kills, accepted, duplicates, mostDuplicates, begun, mostFiles, seed),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}

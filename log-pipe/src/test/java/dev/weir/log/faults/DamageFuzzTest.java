// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.core.DropReason;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.log.BatchSpec;
import dev.weir.log.Bytes;
import dev.weir.log.LogPipe;
import dev.weir.log.Patience;
import dev.weir.log.StoreKind;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damages one file of a pipe that died, in some way, and opens it: what the damage did not touch arrives, what is lost is
 * counted, and no remains pile up. How often is {@code -Dweir.fuzz.rounds}. The first seed is {@code -Dweir.fuzz.seed}, by
 * default another for each version of the JDK; the seed is in the message of a failure.
 */
@Tag("opens")
class DamageFuzzTest {

    private static final int ROUNDS = Integer.getInteger("weir.fuzz.rounds", 100);
    private static final long FIRST_SEED =
            Long.getLong("weir.fuzz.seed", 1000L * Runtime.version().feature());
    private static final int ENTRY_HEADER = 48;
    private static final int ENTRY_MAGIC = 0x52494557;

    @TempDir
    Path directory;

    private Path template;
    private StoreKind store;

    /** Every record that is anywhere in the files, by its number. */
    private Map<Integer, ByteString> originals;

    /** What must arrive when nothing is damaged. */
    private Set<Integer> expected;

    private enum Kind {
        FLIP,
        ZERO,
        CUT,
        APPEND,
        OVERWRITE
    }

    private record Damage(Path file, Kind kind, long from, long to) {

        boolean touches(long start, long end) {
            return start < to && from < end;
        }
    }

    private record Outcome(Map<Integer, ByteString> records, LedgerSnapshot ledger, List<Path> left) {}

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void damageOfAnyFile_costsWhatItTouches(StoreKind kind) throws Exception {
        store = kind;
        template = directory.resolve("template");
        Fork.run(Fork.command(Fork.OPENS, DamageVictim.class, template.toString(), kind.name())
                .toArray(String[]::new));
        originals = open(copy("all", true)).records();
        Outcome whole = open(copy("whole", false));
        expected = whole.records().keySet();
        assertThat(originals).hasSize(DamageVictim.STORED + DamageVictim.IN_RING);
        assertThat(expected).hasSizeBetween(DamageVictim.IN_RING, originals.size() - 1);
        assertThat(whole.ledger().dropped()).isEmpty();

        int costly = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
            costly += round(seed) ? 1 : 0;
        }
        assertThat(costly).as("some of it must hit records").isBetween(ROUNDS / 10, ROUNDS * 9 / 10);
    }

    private boolean round(long seed) throws Exception {
        Random random = new Random(seed);
        Path home = copy("round", false);
        Damage damage = damage(home, random);
        byte[] before = Files.readAllBytes(template.resolve(home.relativize(damage.file())));
        String what = store + ", seed " + seed + ", " + damage;

        Outcome found;
        try {
            found = open(home);
        } catch (Throwable e) {
            throw new AssertionError(what, e);
        }

        found.records()
                .forEach((number, record) ->
                        assertThat(record).as("record %d; %s", number, what).isEqualTo(originals.get(number)));
        Set<Integer> lost = new TreeSet<>(expected);
        lost.removeAll(found.records().keySet());
        Set<Integer> touched = touched(before, damage);
        assertThat(touched).as("lost are at most the touched ones; %s", what).containsAll(lost);
        long corrupted = found.ledger().dropped().getOrDefault(DropReason.CORRUPTED, 0L);
        if (!lost.isEmpty() && (damage.kind() == Kind.FLIP || damage.kind() == Kind.OVERWRITE)) {
            assertThat(corrupted).as("counted; lost %s; %s", lost, what).isPositive();
        }
        assertThat(found.ledger().dropped().keySet()).as(what).isSubsetOf(DropReason.CORRUPTED);
        assertThat(found.left()).as(what).hasSizeLessThan(12);
        assertThat(found.left().stream().filter(file -> file.toString().contains("quarantine")))
                .as(what)
                .hasSizeLessThanOrEqualTo(2);
        return !lost.isEmpty();
    }

    private Damage damage(Path home, Random random) throws IOException {
        List<Path> files = files(home).stream()
                .filter(file -> !file.endsWith("pipe.lock") && file.toFile().length() > 0)
                .toList();
        Path file = files.get(random.nextInt(files.size()));
        byte[] bytes = Files.readAllBytes(file);
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        int used = used(bytes);
        // Most of a file can be room that nobody has used; little is learned there.
        int from = random.nextInt(random.nextInt(4) == 0 ? bytes.length : Math.max(1, used));
        int length = 1 + random.nextInt(1 << 1 + random.nextInt(13));
        int to = Math.min(bytes.length, from + length);
        byte[] garbage = new byte[length];
        random.nextBytes(garbage);
        switch (kind) {
            case FLIP -> {
                bytes[from] ^= (byte) (1 << random.nextInt(8));
                to = from + 1;
            }
            case ZERO -> Arrays.fill(bytes, from, to, (byte) 0);
            case CUT -> {
                to = bytes.length;
                bytes = Arrays.copyOf(bytes, from);
            }
            case APPEND -> {
                boolean behind = used < bytes.length && random.nextBoolean();
                from = behind ? Math.min(used + 3 & ~3, bytes.length) : bytes.length;
                to = from;
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length, from + length));
                System.arraycopy(garbage, 0, bytes, from, length);
            }
            case OVERWRITE -> System.arraycopy(garbage, 0, bytes, from, to - from);
        }
        Files.write(file, bytes);
        return new Damage(file, kind, from, to);
    }

    private static int used(byte[] bytes) {
        int used = bytes.length;
        while (used > 0 && bytes[used - 1] == 0) {
            used--;
        }
        return used;
    }

    /** The records that {@code damage} can have cost: those of the entries and frames that it touches. */
    private static Set<Integer> touched(byte[] before, Damage damage) {
        TreeMap<Integer, Integer> numbers = new TreeMap<>();
        String text = new String(before, StandardCharsets.ISO_8859_1);
        for (int at = text.indexOf("#0:"); at >= 0; at = text.indexOf("#0:", at + 1)) {
            numbers.put(at, Integer.parseInt(text.substring(at + 3, text.indexOf('#', at + 3))));
        }
        Set<Integer> touched = new TreeSet<>();
        boolean ring = damage.file().getFileName().toString().startsWith("ring-");
        if (ring) {
            numbers.forEach((at, number) -> {
                // Header and times of a record are before its body, which is no longer than this.
                if (damage.touches(at - 80, at + 160)) {
                    touched.add(number);
                }
            });
            return touched;
        }
        ByteBuffer bytes = ByteBuffer.wrap(before).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + ENTRY_HEADER <= before.length; at++) {
            if (bytes.getInt(at) == ENTRY_MAGIC) {
                int end = at + ENTRY_HEADER + bytes.getInt(at + 4);
                if (end > at && end <= before.length && damage.touches(at, end)) {
                    touched.addAll(numbers.subMap(at, end).values());
                }
            }
        }
        return touched;
    }

    private Outcome open(Path home) throws Exception {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            Map<Integer, ByteString> records = new HashMap<>();
            LogPipe pipe = DamageVictim.open(home, store, runtime);
            pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(batch -> {
                take(Bytes.of(batch.body()), records);
                runtime.ledger().of(Signal.LOGS).delivered(batch.records());
                batch.ack();
            });
            pipe.flush().block(Patience.LIMIT);
            await().pollInterval(Duration.ofMillis(2))
                    .until(() -> Files.notExists(home.resolve("ring-00000001.dat")) && pipe.held() == 0);
            assertThat(pipe.store().kind()).isEqualTo(store);
            pipe.close(Patience.LIMIT);
            LedgerAssert.assertConserved(runtime.ledger());
            LedgerSnapshot ledger = runtime.ledger().of(Signal.LOGS).snapshot();
            assertThat(pipe.stats().dropped()).isEqualTo(ledger.droppedTotal());
            return new Outcome(records, ledger, files(home));
        }
    }

    private static void take(byte[] request, Map<Integer, ByteString> records) {
        try {
            ExportLogsServiceRequest.parseFrom(request)
                    .getResourceLogsList()
                    .forEach(resource -> resource.getScopeLogsList()
                            .forEach(scope -> scope.getLogRecordsList().forEach(record -> {
                                String body = record.getBody().getStringValue();
                                if (body.startsWith("#0:")) {
                                    records.put(
                                            Integer.parseInt(body.substring(3, body.indexOf('#', 3))),
                                            record.toByteString());
                                }
                            })));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private Path copy(String name, boolean withoutCursor) throws IOException {
        Path to = directory.resolve(name);
        if (Files.exists(to)) {
            try (Stream<Path> old = Files.walk(to)) {
                for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        for (Path file : files(template)) {
            if (!withoutCursor || !isCursor(file)) {
                Path copy = to.resolve(template.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        return to;
    }

    private static boolean isCursor(Path file) {
        return file.toString().endsWith(".cursor") || file.toString().endsWith(".mark");
    }

    private static List<Path> files(Path in) throws IOException {
        try (Stream<Path> files = Files.walk(in)) {
            return new ArrayList<>(files.filter(Files::isRegularFile).sorted().toList());
        }
    }
}

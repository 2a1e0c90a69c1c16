// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.testing.LedgerAssert;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * What must hold after each test of a pipe, whatever the fault was:
 *
 * <ul>
 *   <li>At the end of each run {@code produced = delivered + queued + dropped{reason}}, while the pipes are open and when they are
 *       closed. The next run finds as many records as were queued. A last run with the same settings follows each test.
 *   <li>The threads of the pipes have ended.
 *   <li>No file of the pipes is open.
 *   <li>Weir has logged a few lines at most, and none about an exception that no code expected.
 * </ul>
 */
public abstract class ConservedPipeTest {

    /** Where a pipe is, unless a test says where. */
    @TempDir
    protected Path directory;

    /** Of this run; its pipes share one account. */
    protected TelemetryRuntime runtime = TelemetryRuntime.create();

    private final List<Opened> opened = new ArrayList<>();
    /** How the last pipe of a place was opened. */
    private final Map<Path, UnaryOperator<LogPipeBuilder>> places = new LinkedHashMap<>();
    /** What the next run has to find. */
    private final Map<Path, Long> left = new HashMap<>();

    private boolean ended;

    /** More lines than this for one test would be a flood. */
    private static final int MANY_LINES = 20;

    /** The lines about exceptions that no code expected. */
    private static final List<String> UNEXPECTED =
            List.of("a step of the log pipe failed", "a task of the telemetry failed");

    private final LogLines log = new LogLines();
    private final Set<Thread> threadsBefore = threads();
    private boolean failedStepsExpected;
    private boolean openLockExpected;

    private record Opened(Path place, LogPipe pipe) {}

    /** Opens a pipe in {@code place}; at most one in each run, except those that find the place taken. */
    protected LogPipe open(Path place, UnaryOperator<LogPipeBuilder> how) {
        return openAs(place, builder -> how.apply(builder.minFreeBytes(0)));
    }

    /** As {@link #open(Path, UnaryOperator)}; {@code how} says what must stay free in the file system. */
    protected LogPipe openAs(Path place, UnaryOperator<LogPipeBuilder> how) {
        LogPipe pipe = how.apply(LogPipe.builder(place).runtime(runtime)).build();
        opened.add(new Opened(place, pipe));
        places.put(place, how);
        return pipe;
    }

    /** As {@link #open(Path, UnaryOperator)}, in {@link #directory}. */
    protected LogPipe open(UnaryOperator<LogPipeBuilder> how) {
        return open(directory, how);
    }

    /** As {@link #open(UnaryOperator)}, of one kind of store. */
    protected LogPipe open(StoreKind kind) {
        return open(builder -> builder.store(kind));
    }

    /** Takes and acknowledges all that the pipe gives that was opened last. */
    protected Received receive() {
        return Received.from(
                opened.get(opened.size() - 1).pipe(), runtime.ledger().of(Signal.LOGS));
    }

    /** As a receiver does that took the batch over. */
    protected void acknowledge(EncodedBatch batch) {
        runtime.ledger().of(Signal.LOGS).delivered(batch.records());
        batch.ack();
    }

    /** The account of this run. */
    protected LedgerSnapshot account() {
        return runtime.ledger().of(Signal.LOGS).snapshot();
    }

    /** All records are where the account says, once none is on the move. */
    protected void conserved() {
        await().pollDelay(Duration.ZERO).untilAsserted(() -> {
            LedgerAssert.assertConserved(runtime.ledger());
            assertThat(opened.stream()
                            .mapToLong(one -> one.pipe().stats().dropped())
                            .sum())
                    .as("two accounts of one loss")
                    .isEqualTo(account().droppedTotal());
        });
    }

    /**
     * Between two runs: the next one finds {@code records} in {@code place} beside those that were queued there, or fewer when it
     * is negative. The test says why.
     */
    protected void findsMore(Path place, long records) {
        left.merge(place, records, Long::sum);
    }

    /** Closes the pipes and begins a new account, as a new process does. */
    protected void restart() {
        end();
        opened.clear();
        runtime = TelemetryRuntime.create();
        ended = false;
    }

    /** Closes the pipes and their runtime. A test that wants to see the close itself closes its pipe before. */
    protected void end() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            opened.forEach(one -> one.pipe().flush().block(Patience.LIMIT));
            conserved();
        } finally {
            // Backwards: who waits for the place of another one does not get it now.
            for (int i = opened.size() - 1; i >= 0; i--) {
                opened.get(i).pipe().close();
            }
            runtime.close();
        }
        conserved();
        long expected = opened.stream()
                .map(one -> left.remove(one.place()))
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .sum();
        assertThat(account().recovered()).as("what a restart finds").isEqualTo(expected);
        opened.forEach(one -> left.merge(one.place(), one.pipe().held(), Long::sum));
    }

    /** The lines that Weir has logged since the test began. */
    protected List<String> logged() {
        return log.lines();
    }

    /** The fault of this test is an exception that no code expects. */
    protected void expectFailedSteps() {
        failedStepsExpected = true;
    }

    /** The lock of the directory stays open after this test, because closing it would end the lock of another class loader. */
    protected void expectOpenLock() {
        openLockExpected = true;
    }

    private boolean filesAreClosed() {
        return OpenFiles.in(directory).stream().allMatch(file -> openLockExpected && file.endsWith("pipe.lock"));
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("weir-"))
                .collect(Collectors.toSet());
    }

    private boolean threadsHaveEnded() {
        Set<Thread> left = threads();
        left.removeAll(threadsBefore);
        return left.isEmpty();
    }

    @AfterEach
    void nothingIsMissingAndNothingIsLeft() {
        try {
            nothingIsMissing();
            await().until(this::threadsHaveEnded);
            await().until(this::filesAreClosed);
        } finally {
            log.close();
        }
        assertThat(log.lines()).as("lines").hasSizeLessThan(MANY_LINES);
        if (!failedStepsExpected) {
            assertThat(log.lines()).noneMatch(line -> UNEXPECTED.stream().anyMatch(line::contains));
        }
    }

    private void nothingIsMissing() {
        restart();
        try {
            new LinkedHashMap<>(places).forEach(this::openAs);
        } finally {
            end();
        }
        assertThat(account().dropped()).as("what a restart loses").isEmpty();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.log.LogPipe;
import dev.weir.log.Received;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Offers records and dies at every place on their way; lives in a {@link WovenLoader}. */
public final class DyingProducer implements Callable<String> {

    private static final Attributes ATTRIBUTES = Attributes.of(AttributeKey.stringKey("key"), "value");
    /** Until here no record was begun: who dies here, and again on the way out, has not offered any. */
    private static final int BEGUN = 100;

    /** Time passes quickly, so that the waits for a producer that may be slow are short. */
    private static final Ticker FAST = new Ticker() {
        @Override
        public long nanoTime() {
            return System.nanoTime() * 50;
        }

        @Override
        public long epochNanos() {
            return Ticker.system().epochNanos();
        }
    };

    private final int step;
    private final int[] seconds;
    private final Map<String, Boolean> answers = new HashMap<>();
    private final List<String> thrown = new ArrayList<>();

    /**
     * @param step 1 is each place
     * @param seconds how many calls behind the first death it dies again; 0 is never
     */
    public DyingProducer(int step, int... seconds) {
        this.step = step;
        this.seconds = seconds;
    }

    @Override
    public String call() throws Exception {
        try (TelemetryRuntime runtime =
                        TelemetryRuntime.create(Settings.builder().build(), FAST);
                LogPipe pipe = LogPipe.builder()
                        .runtime(runtime)
                        .store(StoreKind.MEMORY)
                        .memoryBytes(64 << 20)
                        .build()) {
            Received received = Received.from(pipe, runtime.ledger().of(Signal.LOGS));
            offer(pipe, "warm up");
            Other other = new Other(pipe);
            other.start();
            long places = places(pipe);
            long offers = 1;
            long early = 0;
            for (int second : seconds) {
                early += second == 0 ? 0 : BEGUN;
                for (long first = 1 + second % step; first <= places; first += step) {
                    strike(pipe, "dies at " + first + ", " + second, first, second);
                    assertThat(offer(pipe, "after " + first + ", " + second))
                            .as("after a death at %s; %s", Strike.where(), runtime.ledger())
                            .isTrue();
                    offers += 2;
                }
            }
            long others = other.end();
            pipe.flush().block();
            await().until(() -> pipe.held() == 0);

            long notes;
            LedgerSnapshot account;
            do {
                notes = received.notes.size();
                account = runtime.ledger().of(Signal.LOGS).snapshot();
            } while (account.queued() > 0 || notes != received.notes.size());
            String figures = places + " places, " + offers + " offers, thrown out " + thrown.size() + " "
                    + thrown.stream().distinct().toList() + "; " + account;
            arrived(received, other.bodies(others));
            LedgerAssert.assertConserved(runtime.ledger());
            assertThat(offers + 1 + others + notes - account.produced())
                    .as(figures)
                    .isBetween(0L, thrown.size() + early);
            assertThat(thrown).as("outside of what is guarded").allMatch(place -> place.contains("LogPipe.offer"));
            return figures;
        }
    }

    private long places(LogPipe pipe) {
        Strike.arm(Long.MAX_VALUE, 0);
        boolean taken = pipe.offer(Severity.ERROR, "scope", "counted one", ATTRIBUTES);
        long passed = Strike.disarm();
        answers.put("counted one", taken);
        return passed;
    }

    private boolean offer(LogPipe pipe, String body) {
        boolean taken = pipe.offer(Severity.ERROR, "scope", body, ATTRIBUTES);
        answers.put(body, taken);
        return taken;
    }

    private void strike(LogPipe pipe, String body, long first, long second) {
        Boolean taken = null;
        Strike.arm(first, second);
        try {
            taken = pipe.offer(Severity.ERROR, "scope", body, ATTRIBUTES);
        } catch (StackOverflowError escaped) {
            taken = null;
        } finally {
            Strike.disarm();
        }
        if (taken == null) {
            StackTraceElement where = Strike.where();
            thrown.add(
                    where == null
                            ? "nowhere"
                            : where.getClassName() + "." + where.getMethodName() + ":" + where.getLineNumber());
        }
        answers.put(body, taken);
    }

    private void arrived(Received received, List<String> others) {
        List<String> bodies = received.lines.stream().map(Received.Line::body).toList();
        List<String> whole = bodies.stream().filter(body -> body.contains(" ")).toList();
        assertThat(whole).doesNotHaveDuplicates();
        assertThat(whole).filteredOn(body -> body.startsWith("other")).containsExactlyElementsOf(others);
        Map<@Nullable Boolean, Set<String>> offered = new HashMap<>();
        answers.forEach((body, taken) ->
                offered.computeIfAbsent(taken, any -> new HashSet<>()).add(body));
        assertThat(whole).as("was refused").doesNotContainAnyElementsOf(offered.get(false));

        // What a death in the middle of its text has left has the name of the death for a text, or none.
        Set<String> accepted = offered.get(true);
        Set<String> missing = new HashSet<>(accepted);
        whole.forEach(missing::remove);
        assertThat(missing).as("was accepted").allMatch(body -> body.startsWith("dies"));
        long unknown = offered.getOrDefault(null, Set.of()).stream()
                .filter(whole::contains)
                .count();
        assertThat(bodies)
                .as("was accepted")
                .hasSizeBetween(
                        accepted.size() + others.size() + (int) unknown,
                        accepted.size() + others.size() + thrown.size());
    }

    /** Notices nothing. */
    private static final class Other extends Thread {

        private static final long PAUSE_NANOS = 50_000;

        private final LogPipe pipe;
        private final AtomicBoolean ended = new AtomicBoolean();
        private long offered;
        private boolean refused;

        Other(LogPipe pipe) {
            this.pipe = pipe;
        }

        @Override
        public void run() {
            while (!ended.get()) {
                refused |= !pipe.offer(Severity.ERROR, "other", "other " + offered++);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }

        long end() throws InterruptedException {
            ended.set(true);
            join();
            assertThat(refused).isFalse();
            return offered;
        }

        List<String> bodies(long count) {
            List<String> bodies = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                bodies.add("other " + i);
            }
            return bodies;
        }
    }
}

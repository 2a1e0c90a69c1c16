// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.EncodedBatch;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** A batch that a receiver finds too large is cut; what was delivered of it must not come again. */
@Tag("opens")
class SplitTest {

    private static final int RECORDS = 100;

    @TempDir
    Path directory;

    /** Takes one batch for each request. */
    private static final class Taker extends BaseSubscriber<LogBatch> {
        final BlockingQueue<LogBatch> batches = new LinkedBlockingQueue<>();

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(LogBatch batch) {
            batches.add(batch);
        }

        LogBatch next() throws InterruptedException {
            // Subscribing is done on the disk's thread.
            await().until(() -> upstream() != null);
            request(1);
            LogBatch batch = batches.poll(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(batch).isNotNull();
            return batch;
        }
    }

    private LogPipe pipe(TelemetryRuntime runtime, StoreKind store) {
        return LogPipe.builder(directory)
                .runtime(runtime)
                .store(store)
                .minFreeBytes(0)
                .build();
    }

    private static Taker take(LogPipe pipe) {
        Taker taker = new Taker();
        pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(taker);
        return taker;
    }

    private static LogBatch fillAndTakeAll(LogPipe pipe, Taker taker) throws InterruptedException {
        return fillAndTakeAll(pipe, taker, RECORDS);
    }

    private static LogBatch fillAndTakeAll(LogPipe pipe, Taker taker, int records) throws InterruptedException {
        for (int i = 0; i < records; i++) {
            pipe.offer(i % 3 == 0 ? Severity.WARN : Severity.INFO, "scope" + i % 4, "body " + i + "x".repeat(i % 100));
        }
        pipe.flush().block(Patience.LIMIT);
        LogBatch batch = taker.next();
        assertThat(batch.records()).isEqualTo(records);
        return batch;
    }

    private static List<String> bodies(EncodedBatch batch) {
        List<LogRecord> records = LogPipeTest.records(LogPipeTest.parse(batch));
        assertThat(records).hasSize(batch.records());
        return records.stream().map(record -> record.getBody().getStringValue()).toList();
    }

    private static void delivered(TelemetryRuntime runtime, EncodedBatch batch) {
        runtime.ledger().of(Signal.LOGS).delivered(batch.records());
        batch.ack();
    }

    @Test
    void parts_haveTheRecordsOfTheWhole_downToSingleOnes() throws Exception {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = pipe(runtime, StoreKind.MEMORY)) {
            Taker taker = take(pipe);
            LogBatch whole = fillAndTakeAll(pipe, taker);
            List<String> expected = bodies(whole);

            List<EncodedBatch> parts = List.of(whole);
            while (parts.size() < RECORDS) {
                List<EncodedBatch> smaller = new ArrayList<>();
                for (EncodedBatch part : parts) {
                    List<EncodedBatch> two = part.split();
                    smaller.addAll(two.isEmpty() ? List.of(part) : two);
                }
                parts = smaller;
                List<String> found = new ArrayList<>();
                parts.forEach(part -> found.addAll(bodies(part)));
                assertThat(found).isEqualTo(expected);
            }
            assertThat(parts.get(0).split()).as("one record").isEmpty();
            parts.forEach(part -> delivered(runtime, part));
            await().until(() -> pipe.held() == 0);
            LedgerAssert.assertConserved(runtime.ledger());
        }
    }

    /** Answers that come one after the other while the disk's thread takes them up. */
    @RepeatedTest(20)
    void answersDuringASettlement_areAllCounted() throws Exception {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = pipe(runtime, StoreKind.MEMORY)) {
            LogBatch whole = fillAndTakeAll(pipe, take(pipe), 2_000);
            Deque<EncodedBatch> uncut = new ArrayDeque<>(List.of(whole));
            List<EncodedBatch> single = new ArrayList<>();
            for (EncodedBatch part; (part = uncut.poll()) != null; ) {
                List<EncodedBatch> two = part.split();
                if (two.isEmpty()) {
                    single.add(part);
                }
                uncut.addAll(two);
            }
            for (EncodedBatch part : single) {
                delivered(runtime, part);
                Thread.yield();
            }
            await().until(() -> pipe.held() == 0);
            LedgerAssert.assertConserved(runtime.ledger());
        }
    }

    @Test
    void answeredBatch_isNotCut_andACutOneIsNotAnswered() throws Exception {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = pipe(runtime, StoreKind.MEMORY)) {
            Taker taker = take(pipe);
            LogBatch whole = fillAndTakeAll(pipe, taker);
            List<EncodedBatch> two = whole.split();
            whole.ack();
            whole.nack();
            assertThat(whole.split()).isEmpty();
            two.get(1).nack();
            LogBatch again = taker.next();
            assertThat(bodies(again)).isEqualTo(bodies(two.get(1)));
            delivered(runtime, again);
            assertThat(again.split()).isEmpty();
            delivered(runtime, two.get(0));
            await().until(() -> pipe.held() == 0);
            LedgerAssert.assertConserved(runtime.ledger());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void deliveredPart_doesNotComeAgainAfterARestart(StoreKind store) throws Exception {
        List<String> seen = new ArrayList<>();
        List<String> all = new ArrayList<>();
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = pipe(runtime, store);
            Taker taker = take(pipe);
            LogBatch whole = fillAndTakeAll(pipe, taker);
            taker.cancel();
            all.addAll(bodies(whole));
            List<EncodedBatch> halves = whole.split();
            List<EncodedBatch> quarters = halves.get(0).split();
            seen.addAll(bodies(quarters.get(0)));
            delivered(runtime, quarters.get(0));
            quarters.get(1).nack();
            halves.get(1).nack();
            await().until(() -> pipe.held() == RECORDS - seen.size());
            LedgerAssert.assertConserved(runtime.ledger());
            assertThat(pipe.close(Patience.LIMIT).stored()).isEqualTo(RECORDS - seen.size());
        }
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = pipe(runtime, store);
            Taker taker = take(pipe);
            LogBatch rest = taker.next();
            taker.cancel();
            seen.addAll(bodies(rest));
            assertThat(seen).isEqualTo(all);
            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().recovered()).isEqualTo(rest.records());

            // Cut inside the entry of which a part is settled already.
            List<EncodedBatch> two = rest.split();
            delivered(runtime, two.get(0));
            two.get(1).nack();
            await().until(() -> pipe.held() == two.get(1).records());
            all.clear();
            all.addAll(bodies(two.get(1)));
            pipe.close(Patience.LIMIT);
            LedgerAssert.assertConserved(runtime.ledger());
        }
        StoreKind other = store == StoreKind.FILE ? StoreKind.CHRONICLE : StoreKind.FILE;
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = pipe(runtime, other);
            LogBatch rest = take(pipe).next();
            assertThat(bodies(rest)).as("moved to the other store").isEqualTo(all);
            delivered(runtime, rest);
            await().until(() -> pipe.held() == 0);
            pipe.close(Patience.LIMIT);
            LedgerAssert.assertConserved(runtime.ledger());
        }
    }

    @Test
    void partsAnsweredInAnyOrder_moveTheCursorOverWholePrefixesOnly() throws Exception {
        List<EncodedBatch> parts = new ArrayList<>();
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = pipe(runtime, StoreKind.FILE);
            Taker taker = take(pipe);
            LogBatch whole = fillAndTakeAll(pipe, taker);
            taker.cancel();
            for (EncodedBatch half : whole.split()) {
                parts.addAll(half.split());
            }
            delivered(runtime, parts.get(3));
            delivered(runtime, parts.get(0));
            int left = IntStream.of(1, 2).map(i -> parts.get(i).records()).sum();
            await().until(() -> pipe.held() == left);
            LedgerAssert.assertConserved(runtime.ledger());
            pipe.close(Patience.LIMIT);
        }
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = pipe(runtime, StoreKind.FILE);
            Taker taker = take(pipe);
            LogBatch rest = taker.next();
            taker.cancel();
            assertThat(rest.records())
                    .as("the last part was settled out of turn: it is the one that comes again")
                    .isEqualTo(RECORDS - parts.get(0).records());
            pipe.close(Patience.LIMIT);
        }
    }
}

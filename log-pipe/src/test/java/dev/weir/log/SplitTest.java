// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.spi.EncodedBatch;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.proto.logs.v1.LogRecord;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** A batch that a receiver finds too large is cut; what was delivered of it must not come again. */
@Tag("opens")
class SplitTest extends ConservedPipeTest {

    private static final int RECORDS = 100;

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

    @Test
    void parts_haveTheRecordsOfTheWhole_downToSingleOnes() throws Exception {
        LogPipe pipe = open(StoreKind.MEMORY);
        LogBatch whole = fillAndTakeAll(pipe, take(pipe));
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
        parts.forEach(this::acknowledge);
        await().until(() -> pipe.held() == 0);
    }

    /** Answers that come one after the other while the disk's thread takes them up. */
    @RepeatedTest(20)
    void answersDuringASettlement_areAllCounted() throws Exception {
        LogPipe pipe = open(StoreKind.MEMORY);
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
            acknowledge(part);
            Thread.yield();
        }
        await().until(() -> pipe.held() == 0);
    }

    @Test
    void answeredBatch_isNotCut_andACutOneIsNotAnswered() throws Exception {
        LogPipe pipe = open(StoreKind.MEMORY);
        Taker taker = take(pipe);
        LogBatch whole = fillAndTakeAll(pipe, taker);
        List<EncodedBatch> two = whole.split();
        whole.ack();
        whole.nack();
        assertThat(whole.split()).isEmpty();
        two.get(1).nack();
        LogBatch again = taker.next();
        assertThat(bodies(again)).isEqualTo(bodies(two.get(1)));
        acknowledge(again);
        assertThat(again.split()).isEmpty();
        acknowledge(two.get(0));
        await().until(() -> pipe.held() == 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void deliveredPart_doesNotComeAgainAfterARestart(StoreKind store) throws Exception {
        LogPipe first = open(store);
        Taker taker = take(first);
        LogBatch whole = fillAndTakeAll(first, taker);
        taker.cancel();
        List<String> all = bodies(whole);
        List<EncodedBatch> halves = whole.split();
        List<EncodedBatch> quarters = halves.get(0).split();
        List<String> seen = new ArrayList<>(bodies(quarters.get(0)));
        acknowledge(quarters.get(0));
        quarters.get(1).nack();
        halves.get(1).nack();
        await().until(() -> first.held() == RECORDS - seen.size());
        conserved();
        assertThat(first.close(Patience.LIMIT).stored()).isEqualTo(RECORDS - seen.size());

        restart();
        LogPipe second = open(store);
        taker = take(second);
        LogBatch rest = taker.next();
        taker.cancel();
        seen.addAll(bodies(rest));
        assertThat(seen).isEqualTo(all);
        assertThat(account().recovered()).isEqualTo(rest.records());

        // Cut inside the entry of which a part is settled already.
        List<EncodedBatch> two = rest.split();
        acknowledge(two.get(0));
        two.get(1).nack();
        await().until(() -> second.held() == two.get(1).records());
        List<String> left = bodies(two.get(1));

        restart();
        LogPipe third = open(store == StoreKind.FILE ? StoreKind.CHRONICLE : StoreKind.FILE);
        rest = take(third).next();
        assertThat(bodies(rest)).as("moved to the other store").isEqualTo(left);
        acknowledge(rest);
        await().until(() -> third.held() == 0);
    }

    @Test
    void partsAnsweredInAnyOrder_moveTheCursorOverWholePrefixesOnly() throws Exception {
        LogPipe pipe = open(StoreKind.FILE);
        Taker taker = take(pipe);
        LogBatch whole = fillAndTakeAll(pipe, taker);
        taker.cancel();
        List<EncodedBatch> parts = new ArrayList<>();
        for (EncodedBatch half : whole.split()) {
            parts.addAll(half.split());
        }
        acknowledge(parts.get(3));
        acknowledge(parts.get(0));
        int left = IntStream.of(1, 2).map(i -> parts.get(i).records()).sum();
        await().until(() -> pipe.held() == left);

        restart();
        // The last part was settled out of turn: it is delivered, and comes again.
        findsMore(directory, parts.get(3).records());
        taker = take(open(StoreKind.FILE));
        LogBatch rest = taker.next();
        taker.cancel();
        assertThat(rest.records())
                .as("the last part was settled out of turn: it is the one that comes again")
                .isEqualTo(RECORDS - parts.get(0).records());
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.pipe.WallClock;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * The subscriber of {@link LogPipe#sink}: asks for what the ring has room for, keeps what found none until there is, and asks
 * again. Holds at most as many elements as it asked for ({@value #MOST}).
 */
final class LogSinkMono<T> extends Mono<Long> {

    /** How many elements are asked for at most. */
    static final int MOST = 256;

    private static final int ASSUMED_RECORD_BYTES = 512;
    private static final int INFO = 9;
    private static final long RETRY_MILLIS = 2;

    private final Flux<T> source;
    private final PendingRecords pending;
    private final WallClock clock;
    private final RingInput input;
    private final String scope;
    private final RecordWriter<? super T> writer;

    LogSinkMono(
            Flux<T> source,
            PendingRecords pending,
            WallClock clock,
            RingInput input,
            String scope,
            RecordWriter<? super T> writer) {
        this.source = source;
        this.pending = pending;
        this.clock = clock;
        this.input = input;
        this.scope = scope;
        this.writer = writer;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Long> actual) {
        source.subscribe(new Inner(actual));
    }

    private final class Inner implements CoreSubscriber<T>, Subscription {

        private final CoreSubscriber<? super Long> actual;
        private final Queue<T> waiting = new ConcurrentLinkedQueue<>();
        private final AtomicInteger turns = new AtomicInteger();
        private @Nullable Subscription upstream;
        private long written;
        private int asked;
        private volatile boolean completed;
        private @Nullable Throwable error;
        private volatile boolean ended;

        Inner(CoreSubscriber<? super Long> actual) {
            this.actual = actual;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            if (Operators.validate(upstream, subscription)) {
                upstream = subscription;
                actual.onSubscribe(this);
                run();
            }
        }

        @Override
        public void onNext(T element) {
            waiting.add(element);
            run();
        }

        @Override
        public void onComplete() {
            completed = true;
            run();
        }

        @Override
        public void onError(Throwable failure) {
            error = failure;
            completed = true;
            run();
        }

        /** One thread at a time works; the others leave a note that it must look again. */
        private void run() {
            if (turns.getAndIncrement() != 0) {
                return;
            }
            int done = 1;
            do {
                work();
                done = turns.addAndGet(-done);
            } while (done != 0);
        }

        private void work() {
            while (!ended) {
                boolean last = completed;
                T element = waiting.peek();
                if (element == null) {
                    if (last) {
                        finish();
                    } else if (asked == 0) {
                        ask();
                    }
                    return;
                }
                if (!write(element)) {
                    later();
                    return;
                }
                waiting.poll();
                asked--;
            }
        }

        /** Where streams may run: asking for elements and writing them is code of the application, which may wait. */
        private void later() {
            Schedulers.parallel().schedule(this::run, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        }

        private boolean write(T element) {
            long now = clock.epochNanos();
            try (PendingRecord record = pending.take().start(now, now, INFO, "INFO", scope, "")) {
                record.currentIds();
                writer.write(element, record);
                if (!record.tryOffer()) {
                    return false;
                }
                written++;
                return true;
            } catch (Throwable userCode) {
                cancel();
                actual.onError(Operators.onOperatorError(null, userCode, element, actual.currentContext()));
                return true;
            }
        }

        private void ask() {
            long room = input.credit() / 2 / ASSUMED_RECORD_BYTES;
            int more = (int) Math.min(MOST, room);
            Subscription from = upstream;
            if (input.isClosed()) {
                cancel();
                actual.onError(new RecordRefusedException("the pipe is closed"));
            } else if (more == 0) {
                later();
            } else if (from != null) {
                asked = more;
                from.request(more);
            }
        }

        private void finish() {
            ended = true;
            Throwable failure = error;
            if (failure != null) {
                actual.onError(failure);
            } else {
                actual.onNext(written);
                actual.onComplete();
            }
        }

        @Override
        public void request(long n) {
            Operators.validate(n);
        }

        @Override
        public void cancel() {
            ended = true;
            Subscription from = upstream;
            if (from != null) {
                from.cancel();
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;

/** Makes publishers of each kind whose signals the test gives. */
final class Sources {

    private final Run run;
    private final Supplier<Object> values;

    /** The trace that what is above belongs to. */
    private final long wanted;

    private final String name;

    /**
     * @param values makes the values; null from it for a source that has none
     * @param name for the places of its lambdas
     */
    Sources(Run run, Supplier<Object> values, long wanted, String name) {
        this.run = run;
        this.values = values;
        this.wanted = wanted;
        this.name = name;
    }

    Flux<Object> flux(Kind kind) {
        Sources above = above(kind);
        Flux<Object> base = above.fluxOf(kind.base);
        return switch (kind.top) {
            case NOTHING -> base;
            case CHECKPOINT -> base.checkpoint(name);
            case HIDE -> base.hide();
            case DETACH -> base.onTerminateDetach();
            case OPERATORS -> operators(base);
            case SCOPE -> run.scoping.with(above.operators(base), Run.trace(Run.INNER));
            case WRITE -> above.operators(base).contextWrite(view -> run.scoping.put(view, Run.trace(Run.INNER)));
        };
    }

    Mono<Object> mono(Kind kind) {
        Sources above = above(kind);
        Mono<Object> base = above.monoOf(kind.base);
        return switch (kind.top) {
            case NOTHING -> base;
            case CHECKPOINT -> base.checkpoint(name);
            case HIDE -> base.hide();
            case DETACH -> base.onTerminateDetach();
            case OPERATORS -> operators(base);
            case SCOPE -> run.scoping.with(above.operators(base), Run.trace(Run.INNER));
            case WRITE -> above.operators(base).contextWrite(view -> run.scoping.put(view, Run.trace(Run.INNER)));
        };
    }

    /** Where the scope of its own begins, what is above belongs to that. */
    private Sources above(Kind kind) {
        boolean changes = kind.top == Kind.Top.SCOPE || kind.top == Kind.Top.WRITE;
        return changes && wanted != Run.ANY ? new Sources(run, values, Run.INNER, name) : this;
    }

    Flux<Object> operators(Flux<Object> source) {
        return source.doOnSubscribe(subscription -> see("doOnSubscribe"))
                .map(value -> {
                    see("map");
                    return value;
                })
                .doOnRequest(n -> see("doOnRequest"))
                .doOnNext(value -> see("doOnNext"))
                .doOnError(error -> see("doOnError"))
                .doOnComplete(() -> see("doOnComplete"))
                .doOnCancel(() -> see("doOnCancel"))
                .doFinally(signal -> see("doFinally"))
                .filter(value -> {
                    see("filter");
                    return true;
                });
    }

    Mono<Object> operators(Mono<Object> source) {
        return source.doOnSubscribe(subscription -> see("doOnSubscribe"))
                .map(value -> {
                    see("map");
                    return value;
                })
                .doOnRequest(n -> see("doOnRequest"))
                .doOnNext(value -> see("doOnNext"))
                .doOnError(error -> see("doOnError"))
                .doOnTerminate(() -> see("doOnTerminate"))
                .doOnCancel(() -> see("doOnCancel"))
                .doFinally(signal -> see("doFinally"))
                .filter(value -> {
                    see("filter");
                    return true;
                });
    }

    private void see(String place) {
        run.see(name + "." + place, wanted);
    }

    private Flux<Object> fluxOf(Kind.Base base) {
        return switch (base) {
            case CREATE -> created();
            case SINK_UNICAST -> many(Sinks.many().unicast().onBackpressureBuffer());
            case SINK_MULTICAST -> many(Sinks.many().multicast().onBackpressureBuffer());
            case SINK_BEST_EFFORT -> many(Sinks.many().multicast().directBestEffort());
            case SINK_REPLAY -> many(Sinks.many().replay().all());
            case FOREIGN -> new ForeignFlux();
            case BARE -> Flux.from(bare());
            // What is above a shared source runs for its first subscriber or for whoever connects it: no single answer.
            case SHARE -> afterAnother(unknown().created().share());
            case CACHE -> afterAnother(unknown().created().cache());
            case AUTO_CONNECT -> afterAnother(unknown().created().publish().autoConnect(1));
            case REPLAY_REF_COUNT -> afterAnother(unknown().created().replay(2).refCount(1));
            case SINK_EMPTY -> throw new IllegalArgumentException(base.toString());
        };
    }

    private Mono<Object> monoOf(Kind.Base base) {
        return switch (base) {
            case CREATE ->
                Mono.<Object>create(sink -> {
                    see("create");
                    sink.onRequest(n -> see("onRequest")).onCancel(() -> see("onCancel"));
                    run.add(new Signals(values, sink::success, sink::success, sink::error, true));
                });
            case SINK_UNICAST -> {
                Sinks.One<Object> sink = Sinks.one();
                run.add(new Signals(values, sink::tryEmitValue, sink::tryEmitEmpty, sink::tryEmitError, true));
                yield sink.asMono();
            }
            case SINK_EMPTY -> {
                Sinks.Empty<Object> sink = Sinks.empty();
                run.add(new Signals(
                        values, value -> sink.tryEmitEmpty(), sink::tryEmitEmpty, sink::tryEmitError, true));
                yield sink.asMono();
            }
            case FOREIGN -> new ForeignMono();
            case BARE -> Mono.fromDirect(new Bare(true));
            case SHARE -> afterAnother(unknown().monoOf(Kind.Base.CREATE).share());
            case CACHE -> afterAnother(unknown().monoOf(Kind.Base.CREATE).cache());
            default -> throw new IllegalArgumentException(base.toString());
        };
    }

    /** A Publisher that is no Flux and no Mono. */
    Publisher<Object> bare() {
        return new Bare(false);
    }

    private Sources unknown() {
        return new Sources(run, values, Run.ANY, name);
    }

    private Flux<Object> created() {
        return Flux.create(sink -> {
            see("create");
            sink.onRequest(n -> see("onRequest")).onCancel(() -> see("onCancel"));
            run.add(new Signals(values, sink::next, sink::complete, sink::error, false));
        });
    }

    private Flux<Object> many(Sinks.Many<Object> sink) {
        run.add(new Signals(values, sink::tryEmitNext, sink::tryEmitComplete, sink::tryEmitError, false));
        return sink.asFlux();
    }

    private Flux<Object> afterAnother(Flux<Object> shared) {
        run.onCleanup(run.scoping.with(shared, Run.trace(Run.FIRST)).subscribe(value -> {}, error -> {}));
        return shared;
    }

    private Mono<Object> afterAnother(Mono<Object> shared) {
        run.onCleanup(run.scoping.with(shared, Run.trace(Run.FIRST)).subscribe(value -> {}, error -> {}));
        return shared;
    }

    /** What a library does that is no part of Reactor: hands signals to the subscriber as they come. */
    private final class ForeignSubscription implements Subscription {

        private final Subscriber<? super Object> subscriber;
        private long requested;
        private boolean over;

        ForeignSubscription(Subscriber<? super Object> subscriber) {
            this.subscriber = subscriber;
        }

        void start(boolean single) {
            run.add(new Signals(values, this::next, this::complete, this::error, single));
            subscriber.onSubscribe(this);
        }

        private void next(Object value) {
            if (!over && requested > 0) {
                requested = requested == Long.MAX_VALUE ? requested : requested - 1;
                subscriber.onNext(value);
            }
        }

        private void complete() {
            if (!over) {
                over = true;
                subscriber.onComplete();
            }
        }

        private void error(Throwable failure) {
            if (!over) {
                over = true;
                subscriber.onError(failure);
            }
        }

        @Override
        public void request(long n) {
            see("request");
            requested = Operators.addCap(requested, n);
        }

        @Override
        public void cancel() {
            see("cancel");
            over = true;
        }
    }

    private final class ForeignFlux extends Flux<Object> {

        @Override
        public void subscribe(CoreSubscriber<? super Object> actual) {
            see("subscribe");
            new ForeignSubscription(actual).start(false);
        }
    }

    private final class ForeignMono extends Mono<Object> {

        @Override
        public void subscribe(CoreSubscriber<? super Object> actual) {
            see("subscribe");
            new ForeignSubscription(new OneValue(actual)).start(true);
        }
    }

    private final class Bare implements Publisher<Object> {

        private final boolean single;

        Bare(boolean single) {
            this.single = single;
        }

        @Override
        public void subscribe(Subscriber<? super Object> subscriber) {
            see("subscribe");
            new ForeignSubscription(single ? new OneValue(subscriber) : subscriber).start(single);
        }
    }

    /** A value of a Mono is its end. */
    private record OneValue(Subscriber<? super Object> actual) implements Subscriber<Object> {

        @Override
        public void onSubscribe(Subscription subscription) {
            actual.onSubscribe(subscription);
        }

        @Override
        public void onNext(Object value) {
            actual.onNext(value);
            actual.onComplete();
        }

        @Override
        public void onError(Throwable error) {
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            actual.onComplete();
        }
    }
}

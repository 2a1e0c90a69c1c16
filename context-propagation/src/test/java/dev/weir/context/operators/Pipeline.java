// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;

/** One operator between its sources and a few lambdas below, subscribed and played to its end. */
final class Pipeline {

    private final Operator operator;
    private final Run run;
    private final Values values;
    private final boolean capturing;
    private final List<ConnectableFlux<?>> connectables = new ArrayList<>();

    /** @param capturing whether an ambient trace must be captured explicitly, as users of Reactor's automatic mode do */
    Pipeline(Operator operator, Run run, boolean unhookedScheduler, boolean capturing) {
        this.operator = operator;
        this.run = run;
        this.capturing = capturing;
        this.values = new Values(run, operator, unhookedScheduler);
    }

    void play() {
        TracedLogger.current(run);
        if (operator.handsCancellationOn()) {
            run.handsCancellationOn();
        }
        try {
            if (operator.isTerminal()) {
                playTerminal();
            } else {
                playPublisher(build());
            }
        } catch (Throwable failure) {
            run.defect("failed: " + failure);
        } finally {
            TracedLogger.current(null);
            if (Run.current() != 0) {
                run.defect("the caller was left with " + Run.current());
            }
        }
    }

    private Publisher<Object> build() throws Throwable {
        run.above = above(run.own);
        if (run.source.place == null) {
            return withLambdas(operator.isStatic() ? call(null) : call(source()));
        }
        long outer = run.own;
        run.above = run.source == Kind.IN_RAIL ? Run.ANY : outer;
        Flux<Object> source = Flux.from(source());
        Function<Flux<Object>, Publisher<Object>> body = given -> {
            return run.assembleUnder(outer, () -> {
                try {
                    return scoped(withLambdas(call(given)));
                } catch (Throwable failure) {
                    run.defect("failed inside: " + failure);
                    return Flux.empty();
                }
            });
        };
        Flux<Object> whole = run.source.place.in(source).apply(body);
        Sources below = new Sources(run, () -> null, outer, "outside");
        run.own = Run.INNER;
        return below.operators(whole);
    }

    /** What the source belongs to, if the operator belongs to {@code trace}. */
    private long above(long trace) {
        if (operator.shares() || run.inner.isScoped() && operator.splitsIntoRails()) {
            return Run.ANY;
        }
        return run.inner.isScoped() && operator.givesSourceToFunction() ? Run.INNER : trace;
    }

    private Publisher<Object> source() {
        Class<?> shape = operator.method().getDeclaringClass() == Mono.class ? Mono.class : Flux.class;
        return values.source(shape, operator.sourceElement());
    }

    private Publisher<Object> scoped(Publisher<Object> part) {
        return part instanceof Mono<Object> mono
                ? run.scoping.with(mono, Run.trace(Run.INNER))
                : run.scoping.with(Flux.from(part), Run.trace(Run.INNER));
    }

    private Object call(Publisher<Object> source) throws Throwable {
        return operator.invoke(operator.receiver(source), values);
    }

    /** Lambdas directly below the operator. */
    @SuppressWarnings("unchecked")
    private Publisher<Object> withLambdas(Object result) {
        Sources below = new Sources(run, () -> null, run.own, "below");
        if (result instanceof ParallelFlux<?> rails) {
            long wanted = run.own;
            return below.operators(((ParallelFlux<Object>) rails)
                    .map(value -> {
                        run.see("rail.map", wanted);
                        return value;
                    })
                    .doOnComplete(() -> run.see("rail.doOnComplete", wanted))
                    .doOnCancel(() -> run.see("rail.doOnCancel", wanted))
                    .sequential());
        }
        if (result instanceof ConnectableFlux<?> connectable) {
            connectables.add(connectable);
        }
        if (operator.givesPublishers() && result instanceof Publisher<?> publishers) {
            return flattened(below, (Publisher<Object>) publishers);
        }
        return result instanceof Mono<?> mono
                ? below.operators((Mono<Object>) mono)
                : below.operators((Flux<Object>) result);
    }

    private Publisher<Object> flattened(Sources below, Publisher<Object> publishers) {
        boolean scoped = run.inner.isScoped();
        Sources within = new Sources(run, () -> null, scoped ? Run.INNER : run.own, "within");
        return below.operators(below.operators(Flux.from(publishers)).flatMap(value -> {
            if (!(value instanceof Publisher<?> publisher)) {
                return Mono.just(value);
            }
            Flux<Object> part = within.operators(Flux.<Object>from(publisher));
            return scoped ? run.scoping.with(part, Run.trace(Run.INNER)) : part;
        }));
    }

    private void playPublisher(Publisher<Object> built) {
        Publisher<Object> whole = built;
        if (run.variant == Run.Variant.AMBIENT && capturing) {
            whole = whole instanceof Mono<Object> mono
                    ? mono.contextCapture()
                    : Flux.from(whole).contextCapture();
        }
        if (run.variant == Run.Variant.SCOPE) {
            whole = whole instanceof Mono<Object> mono
                    ? run.scoping.with(mono, Run.trace(Run.OURS))
                    : run.scoping.with(Flux.from(whole), Run.trace(Run.OURS));
        }
        Publisher<Object> last = whole;
        long ambient = run.variant == Run.Variant.AMBIENT ? Run.OURS : 0;
        LastSubscriber subscriber = new LastSubscriber(run, "subscriber", ambient);
        run.assembled();
        Run.under(ambient, () -> last.subscribe(subscriber));
        // Whoever connects is not the one who subscribed.
        connectables.forEach(connectable -> run.elsewhere(() -> run.onCleanup(connectable.connect())));
        run.play(subscriber::request, subscriber::cancel);
        if (operator.shares()) {
            LastSubscriber late = new LastSubscriber(run, "late", ambient);
            Run.under(ambient, () -> last.subscribe(late));
            Run.under(ambient, late::cancel);
        }
    }

    /** Methods that subscribe by themselves: below them there is no scope, so that only the ambient trace counts. */
    private void playTerminal() throws Throwable {
        Publisher<Object> source = source();
        Object receiver = operator.receiver(source);
        if (operator.blocks()) {
            playBlocking(receiver);
            return;
        }
        Object[] result = new Object[1];
        Throwable[] failed = new Throwable[1];
        long ambient = run.variant == Run.Variant.AMBIENT ? Run.OURS : 0;
        Object[] arguments = arguments();
        run.assembled();
        Run.under(ambient, () -> {
            try {
                result[0] = invoke(receiver, arguments);
            } catch (Throwable failure) {
                failed[0] = failure;
            }
        });
        if (failed[0] != null) {
            throw failed[0];
        }
        Runnable cancel = () -> {
            if (result[0] instanceof Disposable disposable) {
                disposable.dispose();
            } else if (result[0] instanceof CompletableFuture<?> future) {
                future.cancel(true);
            } else if (result[0] instanceof LastSubscriber subscriber) {
                subscriber.cancel();
            }
        };
        Runnable request = () -> {
            if (result[0] instanceof LastSubscriber subscriber) {
                subscriber.request();
            }
        };
        run.play(request, cancel);
    }

    private Object[] arguments() {
        return Stream.of(operator.method().getGenericParameterTypes())
                .map(values::argument)
                .toArray();
    }

    private Object invoke(Object receiver, Object[] arguments) throws Throwable {
        try {
            return operator.method().invoke(receiver, arguments);
        } catch (java.lang.reflect.InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** The caller waits for the pipeline, which another thread plays. */
    private void playBlocking(Object receiver) throws Throwable {
        Object[] arguments = arguments();
        run.assembled();
        AtomicBoolean done = new AtomicBoolean();
        Thread caller = Thread.currentThread();
        Thread player = new Thread(() -> run.playUntil(done, caller), "player");
        player.start();
        try {
            Run.under(run.variant.trace, () -> take(receiver, arguments));
        } finally {
            done.set(true);
            player.join();
        }
    }

    private void take(Object receiver, Object[] arguments) {
        try {
            Object result = invoke(receiver, arguments);
            if (result instanceof Iterable<?> iterable) {
                iterable.forEach(value -> {});
            } else if (result instanceof Stream<?> stream) {
                stream.forEach(value -> {});
            }
        } catch (Boom expected) {
            // One ending of three.
        } catch (Throwable failure) {
            run.defect("blocked and got " + failure);
        }
    }
}

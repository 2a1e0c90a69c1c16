// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.context.internal.Slot;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * A few pipelines that show whether the guards work in this process: with this version of Reactor, beside these hooks. Runs on
 * the calling thread alone; a foreign thread is one whose slot holds another trace.
 */
public final class SelfTest {

    private static final ContextKey<String> NAME = ContextKey.named("weir-self-test");
    private static final Context OURS = Context.root().with(NAME, "ours");
    private static final Context OTHER = Context.root().with(NAME, "other");
    private static final Context THEIRS = Context.root().with(NAME, "theirs");

    private final List<String> failed = new ArrayList<>();

    private SelfTest() {}

    /** The kinds of place where the trace was wrong; empty when all is well. */
    public static List<String> run() {
        SelfTest test = new SelfTest();
        test.check("scopes", test::scopes);
        test.check("schedulers", test::schedulers);
        test.check("callbacks", test::callbacks);
        test.check("sinks", test::sinks);
        test.check("inputs of operators", test::inputs);
        test.check("shared sources", test::sharedSources);
        test.check("contextWrite", test::contextWrite);
        test.check("cancellation", test::cancellation);
        return test.failed;
    }

    @FunctionalInterface
    private interface Pipeline {
        void run(Observed observed);
    }

    /** Counts the lambdas that ran, and whether one saw the wrong trace. */
    private static final class Observed {

        private final AtomicInteger lambdas = new AtomicInteger();
        private boolean wrong;

        <T> T expect(Context trace, T value) {
            lambdas.incrementAndGet();
            wrong |= Slot.current() != trace;
            return value;
        }
    }

    private void check(String name, Pipeline pipeline) {
        Context before = Slot.current();
        Observed observed = new Observed();
        try {
            pipeline.run(observed);
        } catch (RuntimeException | LinkageError e) {
            observed.wrong = true;
        }
        if (observed.wrong || observed.lambdas.get() == 0 || Slot.current() != before) {
            failed.add(name);
        }
    }

    private static void elsewhere(Runnable task) {
        @Nullable Object[] holder = Slot.holder();
        Object before = Slot.enter(holder, OTHER);
        try {
            task.run();
        } finally {
            Slot.exit(holder, before, OTHER);
        }
    }

    private void scopes(Observed observed) {
        Guards.scope(Mono.fromCallable(() -> observed.expect(OURS, 1)), OURS).subscribe();
    }

    private void schedulers(Observed observed) {
        Guards.scope(
                        Flux.just(1, 2)
                                .publishOn(Schedulers.fromExecutor(SelfTest::elsewhere))
                                .map(value -> observed.expect(OURS, value)),
                        OURS)
                .subscribe();
    }

    private void callbacks(Observed observed) {
        List<MonoSink<Integer>> sinks = new ArrayList<>();
        Guards.scope(Mono.<Integer>create(sinks::add).map(value -> observed.expect(OURS, value)), OURS)
                .subscribe();
        elsewhere(() -> sinks.get(0).success(1));
    }

    private void sinks(Observed observed) {
        Sinks.One<Integer> sink = Sinks.one();
        Guards.scope(sink.asMono().map(value -> observed.expect(OURS, value)), OURS)
                .subscribe();
        elsewhere(() -> sink.tryEmitValue(1));
    }

    private void inputs(Observed observed) {
        Sinks.One<Integer> sink = Sinks.one();
        Mono<Integer> chosen = Mono.just(1).filter(value -> true).flatMap(value -> sink.asMono());
        Guards.scope(chosen.map(value -> observed.expect(OURS, value)), OURS).subscribe();
        elsewhere(() -> sink.tryEmitValue(1));
    }

    private void sharedSources(Observed observed) {
        ConnectableFlux<Integer> shared = Flux.just(1).publish();
        Guards.scope(shared.map(value -> observed.expect(OURS, value)), OURS).subscribe();
        Guards.scope(shared.map(value -> observed.expect(THEIRS, value)), THEIRS)
                .subscribe();
        elsewhere(shared::connect);
    }

    private void contextWrite(Observed observed) {
        Mono.fromCallable(() -> observed.expect(OURS, 1))
                .contextWrite(view -> Guards.put(view, OURS))
                .subscribe();
    }

    private void cancellation(Observed observed) {
        Disposable subscription = Guards.scope(Flux.never().doOnCancel(() -> observed.expect(OURS, 1)), OURS)
                .subscribe();
        elsewhere(subscription::dispose);
    }
}

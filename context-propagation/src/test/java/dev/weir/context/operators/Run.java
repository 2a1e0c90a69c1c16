// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import dev.weir.context.Traces;
import dev.weir.context.matrix.Scoping;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import reactor.core.Disposable;

/** One pipeline's life: who belongs to which trace, what its lambdas saw, the sources it has, how they are made to signal. */
final class Run {

    /** The trace of the pipeline. */
    static final long OURS = 1;

    /** The trace of a part of the pipeline with a scope of its own. */
    static final long INNER = 2;

    /** The trace of the first subscriber of a shared source. */
    static final long FIRST = 5;

    /** The trace that is current wherever a source, a scheduler or a canceller signals. */
    static final long FOREIGN = 9;

    /** For a lambda that has no single right answer. */
    static final long ANY = -1;

    private static final int MOST_SOURCES = 40;

    private static final List<Context> TRACES =
            LongStream.rangeClosed(0, FOREIGN).mapToObj(Traces::trace).toList();

    /** How the pipeline gets its trace. */
    enum Variant {
        /** A scope below it. */
        SCOPE(OURS),
        /** The trace that is current when it is subscribed. */
        AMBIENT(OURS),
        /** None: and it must not get another's. */
        NONE(0);

        final long trace;

        Variant(long trace) {
            this.trace = trace;
        }
    }

    /** How its sources end. */
    enum Ending {
        COMPLETE,
        /** As COMPLETE, but the main source has no value. */
        EMPTY,
        ERROR,
        /** The main source ends well, the others fail. */
        INNER_ERROR,
        CANCEL
    }

    /** What one lambda saw. */
    record Seen(String place, long wanted, long got) {

        boolean right() {
            return wanted == got;
        }
    }

    final Scoping scoping;
    final Kind source;
    final Kind inner;
    final Variant variant;
    final Ending ending;

    /** The trace that lambdas made now belong to. */
    long own;

    /** As {@link #own}, above the operator that is tried; {@link #ANY} above an operator that shares its source. */
    long above;

    private final Set<Seen> seen = ConcurrentHashMap.newKeySet();
    private final Set<String> made = new HashSet<>();
    private final List<String> defects = new CopyOnWriteArrayList<>();
    private final List<Emitter> emitters = new CopyOnWriteArrayList<>();
    private final List<Disposable> cleanup = new ArrayList<>();
    private volatile Emitter main;

    /** What is current while the pipeline, or a part of it, is put together; {@link #ANY} afterwards. */
    private volatile long assembling;

    /** Whether the holder of the end cancels just now, from elsewhere and past every scope. */
    private boolean cancelledFromElsewhere;

    /** Whether the operator gives a cancellation to another thread, with the trace of whoever cancels. */
    private boolean handsCancellationOn;

    Run(Scoping scoping, Kind source, Kind inner, Variant variant, Ending ending) {
        this.scoping = scoping;
        this.source = source;
        this.inner = inner;
        this.variant = variant;
        this.ending = ending;
        this.own = variant.trace;
        this.above = variant.trace;
    }

    /**
     * To be called by each lambda. One that runs while the pipeline is put together runs as a part of whoever does that; and
     * where a holder without a scope calls {@code cancel()}, what runs inside of that call, or as a task of it, may have the
     * caller's trace, for nothing stands between the two.
     */
    void see(String place, long wanted) {
        if (wanted == ANY) {
            return;
        }
        long got = current();
        if (!cancelledFromElsewhere || got != FOREIGN) {
            seen.add(new Seen(place, assembling == ANY ? wanted : assembling, got));
        }
    }

    void handsCancellationOn() {
        handsCancellationOn = true;
    }

    /** Notes that the operator was given a lambda. */
    void made(String place) {
        made.add(place);
    }

    Set<String> made() {
        return made;
    }

    void assembled() {
        assembling = ANY;
    }

    /** Puts a part together while the pipeline runs and {@code trace} is current. */
    <T> T assembleUnder(long trace, Supplier<T> assembly) {
        long before = assembling;
        assembling = trace;
        try {
            return assembly.get();
        } finally {
            assembling = before;
        }
    }

    Set<Seen> seen() {
        return seen;
    }

    /** Notes what the test itself did wrong. */
    void defect(String what) {
        if (!defects.contains(what)) {
            defects.add(what);
        }
    }

    List<String> defects() {
        return defects;
    }

    /** False when an operator that multiplies sources has made enough of them. */
    boolean mayAddSource() {
        return emitters.size() < MOST_SOURCES;
    }

    void add(Emitter emitter) {
        if (main == null) {
            main = emitter;
        }
        emitters.add(emitter);
    }

    void onCleanup(Disposable disposable) {
        cleanup.add(disposable);
    }

    static Context trace(long id) {
        return TRACES.get((int) id);
    }

    /** The number of the current trace; 0 for none. Asked a million times, so by the digit that differs. */
    static long current() {
        return Span.current().getSpanContext().getSpanId().charAt(15) - '0';
    }

    static void under(long trace, Runnable task) {
        if (trace == 0) {
            task.run();
            return;
        }
        try (Scope scope = trace(trace).makeCurrent()) {
            task.run();
        }
    }

    /** Runs {@code task} as a thread of another request does. */
    void elsewhere(Runnable task) {
        under(FOREIGN, () -> {
            try {
                task.run();
            } catch (Throwable failure) {
                defect("thrown to the source: " + failure);
            }
            if (current() != FOREIGN) {
                defect("the foreign thread was left with " + current());
            }
        });
    }

    /**
     * As whoever holds the end of the pipeline: from elsewhere when a scope protects it. Without a scope the caller's own
     * trace is current; that a cancellation comes from elsewhere all the same is what {@link Ending#CANCEL} tries.
     */
    private void atTheEnd(Runnable task) {
        if (variant == Variant.SCOPE) {
            elsewhere(task);
        } else {
            under(variant.trace, task);
        }
    }

    /** Makes the sources signal; {@code request} asks for more, {@code cancel} cancels. */
    void play(Runnable request, Runnable cancel) {
        for (int round = 0; round < 5; round++) {
            // At first nobody asks for more: a buffer fills.
            round(round < 3 ? () -> {} : request);
        }
        switch (ending) {
            case CANCEL -> {
                cancelledFromElsewhere = variant != Variant.SCOPE;
                elsewhere(cancel);
                if (handsCancellationOn) {
                    wait(request, 100);
                }
                cancelledFromElsewhere = false;
            }
            case ERROR, INNER_ERROR -> {
                for (Emitter emitter : emitters) {
                    elsewhere(() -> fail(emitter));
                }
                wait(request, 20);
                end(request);
            }
            case COMPLETE, EMPTY -> end(request);
        }
        wait(request, 100);
        atTheEnd(cancel);
        wait(request, 100);
        elsewhere(() -> cleanup.forEach(Disposable::dispose));
        QueueScheduler.HOOKED.clear();
        QueueScheduler.UNHOOKED.clear();
    }

    /** Makes the sources signal, on a thread of its own, until a caller that blocks has what it waits for. */
    void playUntil(AtomicBoolean done, Thread caller) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!done.get()) {
            if (caller.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait();
                continue;
            }
            for (Emitter emitter : emitters) {
                if (!waits(emitter)) {
                    elsewhere(emitter::next);
                    elsewhere(emitter::next);
                }
                elsewhere(ending == Ending.ERROR ? () -> emitter.error(new Boom()) : emitter::complete);
            }
            elsewhere(() -> QueueScheduler.HOOKED.run(20));
            if (System.nanoTime() > end) {
                defect("blocks for ever");
                caller.interrupt();
                return;
            }
        }
        if (current() != 0) {
            defect("the player was left with " + current());
        }
    }

    private void fail(Emitter emitter) {
        if (emitter == main && ending == Ending.INNER_ERROR) {
            emitter.complete();
        } else {
            emitter.error(new Boom());
        }
    }

    /** Whether it is kept from a value: one that fails, or is cancelled, must not have ended before. */
    private boolean waits(Emitter emitter) {
        return switch (ending) {
            case COMPLETE -> false;
            case EMPTY -> emitter == main;
            case ERROR -> emitter == main && emitter.isSingle();
            case INNER_ERROR, CANCEL -> emitter != main && emitter.isSingle();
        };
    }

    private void round(Runnable request) {
        for (Emitter emitter : emitters) {
            if (emitter.isOpen() && !waits(emitter)) {
                elsewhere(() -> emitter.next());
            }
        }
        wait(request, 4);
    }

    private void wait(Runnable request, long millis) {
        elsewhere(() -> QueueScheduler.HOOKED.run(millis));
        elsewhere(() -> QueueScheduler.UNHOOKED.run(millis));
        atTheEnd(request);
    }

    /** Ends all sources, and those that come because others ended. */
    private void end(Runnable request) {
        for (int pass = 0; pass < 5; pass++) {
            List<Emitter> open = emitters.stream().filter(Emitter::isOpen).toList();
            for (Emitter emitter : open) {
                if (pass > 0) {
                    elsewhere(() -> emitter.next());
                }
                elsewhere(emitter::complete);
            }
            wait(request, 20);
            if (open.isEmpty()) {
                return;
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.context.internal.Slot;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.Fuseable.ConditionalSubscriber;
import reactor.core.Fuseable.QueueSubscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Stands between two operators that belong to different traces, or above one whose signals come from anywhere: each signal
 * downstream runs under the trace {@code down}, each one upstream under {@code up}.
 *
 * <p>Follows the Reactive Streams rules of its neighbours: signals are serial, {@link #request} and {@link #cancel} may come
 * from any thread. Passes fusion and conditional subscribers through. Allocates nothing per signal.
 *
 * <p>Why each method repeats enter, try and finally, and why the publishers beside this class are so alike: this code runs for each
 * signal. A shared method that takes the call as a lambda would allocate or hide the call from inlining, and a common base class of
 * {@code Flux} and {@code Mono} does not exist. A change of one of them is a change of its siblings: {@link GuardedFlux}, {@link
 * GuardedMono}, {@link GuardedParallel}, {@link GuardedConnectable}, {@link ScopeFlux}, {@link ScopeMono}.
 */
final class GuardSubscriber<T> implements ConditionalSubscriber<T>, QueueSubscription<T>, Scannable {

    private static final byte UNKNOWN = 0;
    private static final byte CONDITIONAL = 1;
    private static final byte PLAIN = 2;

    private final CoreSubscriber<? super T> actual;
    private final Context context;
    private final io.opentelemetry.context.@Nullable Context up;
    private final io.opentelemetry.context.@Nullable Context down;

    /** The holder of the thread that was here last. Raced by threads without harm: each checks that it is its own. */
    private @Nullable Object[] lastHolder;

    private @Nullable Subscription upstream;
    /** Whether {@code actual} is conditional; resolved at the first use: JDK 17 does not keep a negative answer. */
    private byte kind = UNKNOWN;

    GuardSubscriber(
            CoreSubscriber<? super T> actual,
            Context context,
            io.opentelemetry.context.@Nullable Context up,
            io.opentelemetry.context.@Nullable Context down,
            @Nullable Object[] holder) {
        this.actual = actual;
        this.context = context;
        this.up = up;
        this.down = down;
        this.lastHolder = holder;
    }

    /** The source as a queue, if it is one; asked for only where operators fuse. No field: it would cost each guard 8 bytes. */
    @SuppressWarnings("unchecked")
    private @Nullable QueueSubscription<T> queue() {
        return upstream instanceof QueueSubscription<?> fused ? (QueueSubscription<T>) fused : null;
    }

    boolean givesDown(io.opentelemetry.context.@Nullable Context trace) {
        return down == trace;
    }

    /** What is above it runs under. */
    io.opentelemetry.context.@Nullable Context trace() {
        return up;
    }

    /** The calling thread's. */
    @Nullable
    Object[] holder() {
        @Nullable Object[] known = lastHolder;
        @Nullable Object[] holder = Slot.holder(known);
        if (holder != known) {
            lastHolder = holder;
        }
        return holder;
    }

    @Override
    public Context currentContext() {
        return context;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        if (!Operators.validate(upstream, subscription)) {
            return;
        }
        upstream = subscription;
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, down);
        try {
            actual.onSubscribe(this);
        } finally {
            Slot.exit(holder, before, down);
        }
    }

    @Override
    public void onNext(T value) {
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, down);
        try {
            actual.onNext(value);
        } finally {
            Slot.exit(holder, before, down);
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public boolean tryOnNext(T value) {
        if (kind == UNKNOWN) {
            kind = actual instanceof ConditionalSubscriber ? CONDITIONAL : PLAIN;
        }
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, down);
        try {
            if (kind == CONDITIONAL) {
                return ((ConditionalSubscriber<? super T>) actual).tryOnNext(value);
            }
            actual.onNext(value);
            return true;
        } finally {
            Slot.exit(holder, before, down);
        }
    }

    @Override
    public void onError(Throwable error) {
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, down);
        try {
            actual.onError(error);
        } finally {
            Slot.exit(holder, before, down);
        }
    }

    @Override
    public void onComplete() {
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, down);
        try {
            actual.onComplete();
        } finally {
            Slot.exit(holder, before, down);
        }
    }

    @Override
    public void request(long n) {
        Subscription subscription = upstream;
        if (subscription == null) {
            return;
        }
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, up);
        try {
            subscription.request(n);
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    @Override
    public void cancel() {
        Subscription subscription = upstream;
        if (subscription == null) {
            return;
        }
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, up);
        try {
            subscription.cancel();
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    @Override
    public int requestFusion(int requestedMode) {
        QueueSubscription<T> fused = queue();
        if (fused == null) {
            return Fuseable.NONE;
        }
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, up);
        try {
            return fused.requestFusion(requestedMode);
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    @Override
    public @Nullable T poll() {
        QueueSubscription<T> fused = queue();
        if (fused == null) {
            return null;
        }
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, up);
        try {
            return fused.poll();
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    @Override
    public void clear() {
        QueueSubscription<T> fused = queue();
        if (fused == null) {
            return;
        }
        @Nullable Object[] holder = holder();
        Object before = Slot.enter(holder, up);
        try {
            fused.clear();
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    @Override
    public boolean isEmpty() {
        QueueSubscription<T> fused = queue();
        return fused == null || fused.isEmpty();
    }

    @Override
    public int size() {
        QueueSubscription<T> fused = queue();
        return fused == null ? 0 : fused.size();
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is Reactor's
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return upstream;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        if (key == Attr.RUN_STYLE) {
            return Attr.RunStyle.SYNC;
        }
        return null;
    }

    @Override
    public String stepName() {
        return "trace";
    }
}

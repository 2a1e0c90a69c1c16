// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Scannable;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.core.publisher.ParallelFlux;

/**
 * Looks at each operator that is assembled and replaces the few that need a guard, or whose inputs do. The others, nearly all,
 * pass untouched and stay in Reactor's subscription loop.
 */
final class AssemblyHook implements Function<Object, Object> {

    static final String KEY = "weir.context";

    @Override
    @SuppressWarnings("unchecked")
    public Object apply(Object publisher) {
        if (publisher.getClass() == FlatMapOfMono.TYPE) {
            return FlatMapOfMono.guarded((Mono<?>) publisher);
        }
        PublisherType type = PublisherType.of(publisher);
        PublisherKind kind = type.kind();
        if (kind == PublisherKind.KEEPS) {
            return publisher;
        }
        if (kind == PublisherKind.OPERATOR) {
            return isSafe(parent(publisher)) && type.inputs().areKnownToBeSafe(publisher)
                    ? publisher
                    : withGuardedInputs((Publisher<Object>) publisher, type);
        }
        return applySlow((Publisher<Object>) publisher, type);
    }

    private static Publisher<Object> withGuardedInputs(Publisher<Object> publisher, PublisherType type) {
        if (type.isInternal(publisher)) {
            return publisher;
        }
        if (type.isShell()) {
            // A guard below it does what a copy of it around a guard would.
            return isSafe(parent(publisher)) ? publisher : guarded(publisher, Placement.EDGE);
        }
        Publisher<Object> guarded = type.inputs().guarded(publisher);
        return guarded != publisher || isSafe(parent(publisher)) ? guarded : guarded(publisher, Placement.EDGE);
    }

    private static Publisher<Object> applySlow(Publisher<Object> publisher, PublisherType type) {
        return switch (type.kind()) {
            case SOURCE, HIDDEN_SOURCE ->
                type.isInternal(publisher) ? publisher : guarded(type.inputs().guarded(publisher), Placement.EDGE);
            case CONTEXT_WRITE -> applyToContextWrite(publisher, type);
            case LIFT -> applyToLift(publisher, type);
            case KEEPS, OPERATOR, GUARD -> publisher;
        };
    }

    private static Publisher<Object> applyToContextWrite(Publisher<Object> write, PublisherType type) {
        Object source = parent(write);
        if (!OperatorAccess.AVAILABLE || isOfRetry(source)) {
            return write;
        }
        if (!type.isInternal(write)) {
            return guarded(type.inputs().guarded(write), Placement.THROUGH_OPERATORS);
        }
        // The trace stays as it is.
        return isSafe(source) ? write : guarded(write, Placement.EDGE);
    }

    /** Whether a Context is written for what decides about a retry: it has the Context of the subscriber already. */
    private static boolean isOfRetry(@Nullable Object source) {
        if (source == null || ReactorHooks.isAutomaticModeOn()) {
            return false;
        }
        PublisherType type = PublisherType.of(source);
        return type.isRetrySignals() || type.kind() == PublisherKind.OPERATOR && type.isInternal(source);
    }

    /** What is inside of another library's hook was perhaps not shown to ours. */
    private static Publisher<Object> applyToLift(Publisher<Object> lift, PublisherType type) {
        if (!(parent(lift) instanceof Publisher<?> lifted)) {
            return lift;
        }
        return switch (PublisherType.of(lifted).kind()) {
            case SOURCE, HIDDEN_SOURCE -> guarded(lift, Placement.EDGE);
            case CONTEXT_WRITE -> OperatorAccess.AVAILABLE ? guarded(lift, Placement.THROUGH_OPERATORS) : lift;
            case OPERATOR -> type.inputs().guarded(lift);
            case KEEPS, LIFT, GUARD -> lift;
        };
    }

    /** A guard for each subscriber of {@code publisher}, in the shape that {@code publisher} has. */
    static Publisher<Object> guarded(Publisher<Object> publisher, Placement placement) {
        if (publisher instanceof Mono<Object> mono) {
            return GuardedMono.of(mono, placement);
        }
        if (publisher instanceof ConnectableFlux<Object> connectable) {
            return new GuardedConnectable<>(connectable);
        }
        if (publisher instanceof Flux<Object> flux) {
            return GuardedFlux.of(flux, placement);
        }
        return publisher instanceof ParallelFlux<Object> parallel
                ? new GuardedParallel<>(parallel)
                : new GuardedPublisher<>(publisher);
    }

    static @Nullable Object parent(Object publisher) {
        // An interface is slow to ask for, where a class is not.
        if (publisher instanceof MonoOperator<?, ?> mono) {
            return mono.scanUnsafe(Scannable.Attr.PARENT);
        }
        if (publisher instanceof FluxOperator<?, ?> flux) {
            return flux.scanUnsafe(Scannable.Attr.PARENT);
        }
        return publisher instanceof Scannable scannable ? scannable.scanUnsafe(Scannable.Attr.PARENT) : null;
    }

    /** Whether {@code source} was shown to this hook when it was assembled, or needs no guard. */
    static boolean isSafe(@Nullable Object source) {
        return source == null || PublisherType.of(source).isSafe();
    }

    /**
     * {@code input}, or one that is guarded: a source that no hook has met, also behind operators that Reactor does not show.
     */
    static Object guardedInput(Object input) {
        return guardedInput(input, PublisherType.of(input));
    }

    @SuppressWarnings("unchecked")
    static Object guardedInput(Object input, PublisherType type) {
        if (type.isSafe()) {
            return input;
        }
        if (!type.isShown()) {
            return withGuardedInputs((Publisher<Object>) input, type);
        }
        return input instanceof Callable<?> ? input : guarded((Publisher<Object>) input, Placement.EDGE);
    }

    /** As {@link #guardedInput}, also for an operator of a class that was shown: this one perhaps was not. */
    @SuppressWarnings("unchecked")
    static Object guardedLifted(Object lifted) {
        PublisherType type = PublisherType.of(lifted);
        return type.kind() == PublisherKind.OPERATOR
                ? withGuardedInputs((Publisher<Object>) lifted, type)
                : guardedInput(lifted, type);
    }
}

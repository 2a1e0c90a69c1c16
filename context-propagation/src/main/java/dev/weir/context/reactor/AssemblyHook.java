// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Scannable;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;

/**
 * Looks at each operator that is assembled and replaces the few that need a guard. The others, nearly all, pass untouched
 * and stay in Reactor's subscription loop.
 */
final class AssemblyHook implements Function<Publisher<Object>, Publisher<Object>> {

    static final String KEY = "weir.context";

    @Override
    public Publisher<Object> apply(Publisher<Object> publisher) {
        PublisherKind kind = PublisherKind.of(publisher);
        if (kind == PublisherKind.KEEPS) {
            return publisher;
        }
        if (kind == PublisherKind.OPERATOR) {
            return isHiddenSource(parent(publisher)) ? guarded(publisher, true) : publisher;
        }
        return applySlow(publisher, kind);
    }

    private static Publisher<Object> applySlow(Publisher<Object> publisher, PublisherKind kind) {
        return switch (kind) {
            case SOURCE, HIDDEN_SOURCE -> guarded(publisher, false);
            case CONTEXT_WRITE -> OperatorAccess.AVAILABLE ? guarded(publisher, true) : publisher;
            case PARALLEL_SOURCE ->
                isHiddenSource(parent(publisher)) ? new GuardedParallel<>((ParallelFlux<Object>) publisher) : publisher;
            case LONE_OPERATOR -> isHiddenSource(parent(publisher)) ? guarded(publisher, false) : publisher;
            case LIFT -> applyToLift(publisher);
            case KEEPS, OPERATOR, GUARD -> publisher;
        };
    }

    private static Publisher<Object> applyToLift(Publisher<Object> publisher) {
        if (!(parent(publisher) instanceof Publisher<?> lifted)) {
            return publisher;
        }
        return switch (PublisherKind.of(lifted)) {
            case SOURCE, HIDDEN_SOURCE -> guarded(publisher, false);
            case CONTEXT_WRITE -> OperatorAccess.AVAILABLE ? guarded(publisher, true) : publisher;
            case OPERATOR -> isHiddenSource(parent(lifted)) ? guarded(publisher, true) : publisher;
            case LONE_OPERATOR -> isHiddenSource(parent(lifted)) ? guarded(publisher, false) : publisher;
            case KEEPS, LIFT, PARALLEL_SOURCE, GUARD -> publisher;
        };
    }

    /** A guard for each subscriber of {@code publisher}, in the shape that {@code publisher} has. */
    static Publisher<Object> guarded(Publisher<Object> publisher, boolean throughOperators) {
        if (publisher instanceof Mono<Object> mono) {
            return GuardedMono.of(mono, throughOperators);
        }
        if (publisher instanceof ConnectableFlux<Object> connectable) {
            return new GuardedConnectable<>(connectable);
        }
        if (publisher instanceof Flux<Object> flux) {
            return GuardedFlux.of(flux, throughOperators);
        }
        return publisher;
    }

    private static @Nullable Object parent(Publisher<?> publisher) {
        return publisher instanceof Scannable scannable ? scannable.scanUnsafe(Scannable.Attr.PARENT) : null;
    }

    private static boolean isHiddenSource(@Nullable Object source) {
        return !OperatorAccess.isOperator(source)
                && source instanceof Publisher<?> publisher
                && PublisherKind.of(publisher) == PublisherKind.HIDDEN_SOURCE;
    }
}

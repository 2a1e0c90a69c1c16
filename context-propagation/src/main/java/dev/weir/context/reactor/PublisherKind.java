// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** What a class of publishers means for the trace of those who subscribe to it. */
enum PublisherKind {
    /** Signals come on the thread and under the trace of the subscriber: nothing to do. */
    KEEPS,
    /** One of Reactor's operators with one source: as good as that source. */
    OPERATOR,
    /** As {@code OPERATOR}, but subscribes to its source by itself, where nobody can get between. */
    LONE_OPERATOR,
    /** Signals may come from any thread: each subscriber needs a guard. Reactor tells its hook of these. */
    SOURCE,
    /** As {@code SOURCE}, but Reactor's hook never sees it: the operator above it must place the guard. */
    HIDDEN_SOURCE,
    /** Changes the Context, perhaps the trace in it. */
    CONTEXT_WRITE,
    /** Somebody else's hook around a publisher: as good as what is inside. */
    LIFT,
    /** Splits a source into rails. */
    PARALLEL_SOURCE,
    /** A guard of ours. */
    GUARD;

    private static final String REACTOR = "reactor.core.publisher.";

    private static final Set<String> SOURCES = Set.of(
            // fed by user code on any thread
            "FluxCreate",
            "MonoCreate",
            "MonoCompletionStage",
            "FluxSource",
            "FluxSourceFuseable",
            "MonoSource",
            "MonoSourceFuseable",
            // fed by a clock, and by schedulers that know no hook
            "FluxInterval",
            "MonoDelay",
            // fed by whoever subscribed first, or connected
            "FluxPublish",
            "FluxReplay",
            "FluxRefCount",
            "FluxRefCountGrace",
            "FluxAutoConnect",
            "FluxAutoConnectFuseable",
            "MonoCacheTime",
            "MonoCacheInvalidateIf",
            "MonoCacheInvalidateWhen",
            // what Reactor's automatic mode puts around a publisher that it does not know
            "FluxContextWriteRestoringThreadLocals",
            "FluxContextWriteRestoringThreadLocalsFuseable",
            "MonoContextWriteRestoringThreadLocals",
            // hand their subscriber to a publisher that nobody has seen
            "FluxDefer",
            "MonoDefer",
            "FluxDeferContextual",
            "MonoDeferContextual");

    private static final Set<String> HIDDEN_SOURCES = Set.of(
            "SinkOneMulticast",
            "SinkEmptyMulticast",
            "SinkManyUnicast",
            "SinkManyUnicastNoBackpressure",
            "SinkManyBestEffort",
            "SinkManyEmitterProcessor",
            "SinkManyReplayProcessor",
            "FluxGroupBy$UnicastGroupedFlux",
            "NextProcessor",
            "UnicastProcessor",
            "EmitterProcessor",
            "DirectProcessor",
            "ReplayProcessor");

    private static final Set<String> LONE_OPERATORS = Set.of(
            "FluxDelaySubscription",
            "FluxExpand",
            "FluxGroupJoin",
            "FluxJoin",
            "FluxPublishOn",
            "FluxRepeat",
            "FluxRepeatPredicate",
            "FluxRepeatWhen",
            "FluxRetry",
            "FluxRetryWhen",
            "FluxScanSeed",
            "FluxSubscribeOn",
            "MonoDelaySubscription",
            "MonoExpand",
            "MonoRepeat",
            "MonoRepeatPredicate",
            "MonoRepeatWhen",
            "MonoRetry",
            "MonoRetryWhen",
            "MonoSubscribeOn");

    private static final Set<String> CONTEXT_WRITES = Set.of("FluxContextWrite", "MonoContextWrite");

    private static final Set<String> LIFTS = Set.of(
            "FluxLift",
            "FluxLiftFuseable",
            "MonoLift",
            "MonoLiftFuseable",
            "ConnectableLift",
            "ConnectableLiftFuseable");

    private static final ClassValue<PublisherKind> CLASSES = new ClassValue<>() {
        @Override
        protected PublisherKind computeValue(Class<?> type) {
            return compute(type);
        }
    };

    /** The classes seen last, by their identity hash: this is asked for every operator that is assembled. */
    private static final @Nullable Known[] RECENT = new Known[256];

    /** An answer; published through a plain array, which its final fields allow. */
    private record Known(Class<?> type, PublisherKind kind) {}

    static PublisherKind of(Publisher<?> publisher) {
        Class<?> type = publisher.getClass();
        Known known = RECENT[System.identityHashCode(type) & RECENT.length - 1];
        return known != null && known.type == type ? known.kind : look(type);
    }

    private static PublisherKind look(Class<?> type) {
        PublisherKind kind = CLASSES.get(type);
        // Only classes that live as long as this one: the others would be kept from being unloaded.
        if (type.getClassLoader() == Flux.class.getClassLoader()) {
            RECENT[System.identityHashCode(type) & RECENT.length - 1] = new Known(type, kind);
        }
        return kind;
    }

    static boolean isOfReactor(Publisher<?> publisher) {
        return publisher.getClass().getName().startsWith(REACTOR);
    }

    private static PublisherKind compute(Class<?> type) {
        if (Guard.class.isAssignableFrom(type)) {
            return GUARD;
        }
        String name = type.getName();
        if (type.getClassLoader() != Flux.class.getClassLoader() || !name.startsWith(REACTOR)) {
            return HIDDEN_SOURCE;
        }
        String simple = name.substring(REACTOR.length());
        if (SOURCES.contains(simple)) {
            return SOURCE;
        }
        if (HIDDEN_SOURCES.contains(simple)) {
            return HIDDEN_SOURCE;
        }
        if (CONTEXT_WRITES.contains(simple)) {
            return CONTEXT_WRITE;
        }
        if (LIFTS.contains(simple)) {
            return LIFT;
        }
        if (simple.equals("ParallelSource")) {
            return PARALLEL_SOURCE;
        }
        if (LONE_OPERATORS.contains(simple)) {
            return LONE_OPERATOR;
        }
        return OperatorAccess.isOperatorClass(type) ? OPERATOR : KEEPS;
    }
}

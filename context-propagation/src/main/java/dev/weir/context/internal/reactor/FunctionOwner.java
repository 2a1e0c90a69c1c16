// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Whose code a function is that an operator was given, by the class that declares it. It tells the operators apart that Reactor and
 * Reactor Netty assemble for themselves, for each request anew: their signals reach no code of the application before they
 * have passed a publisher that is guarded, so a guard of their own would only repeat it.
 *
 * <p>Each constant names one place and what it assembles there; every other place keeps its guards.
 */
enum FunctionOwner {
    /** A call waits for its connection and retries; the subscriber of the call is guarded. */
    CONNECT("reactor.netty.http.client.HttpClientConnect$MonoHttpConnect", "MonoCreate"),
    /** The pool's answer, which has a guard directly above; the Context that is written there is the pool's. */
    ACQUIRE("reactor.netty.resources.PooledConnectionProvider", "MonoCreate", "MonoContextWrite"),
    /** A connection goes back to its pool: only the pool waits for it. */
    RELEASE("reactor.netty.internal.shaded.reactor.pool.SimpleDequePool", "MonoDefer"),
    /** A body is aggregated; what comes out is a {@code ByteBufMono}, whose subscribers are guarded. */
    AGGREGATE("reactor.netty.ByteBufFlux", "MonoDefer", "FluxPeek"),
    /** The subscription to what a handler gave: the handler's own operators have guards. */
    HANDLE("reactor.netty.http.server.HttpServer$HttpServerHandle", "MonoDeferContextual"),
    /** Sends a body that is one buffer, and gives nothing that is waited for. */
    SEND("reactor.netty.http.server.HttpServerOperations", "MonoFlatMap"),
    /** Decides about a retry, where the failure was and with the Context of the subscriber. */
    RETRY("reactor.util.retry.", "FluxDeferContextual", "FluxConcatMapNoPrefetch"),
    /** {@code doOnDiscard} writes into the Context and leaves the trace as it is. */
    DISCARD("reactor.core.publisher.Operators", "MonoContextWrite", "FluxContextWrite");

    private static final FunctionOwner[] ALL = values();

    private static final ClassMap<Integer> CLASSES = new ClassMap<>();

    /** The classes of functions that were looked up last, and their owners, by the identity hash of the class. */
    private static final @Nullable Known[] RECENT = new Known[256];

    private final String host;

    @SuppressWarnings("ImmutableEnumChecker") // Set.of gives an immutable set
    private final Set<String> operators;

    FunctionOwner(String host, String... operators) {
        this.host = host;
        this.operators = Set.of(operators);
    }

    /** The owners for which operators of {@code type} need no guard, a bit each. */
    static int ownersOf(Class<?> type) {
        int owners = 0;
        for (FunctionOwner owner : ALL) {
            if (owner.operators.contains(type.getSimpleName())) {
                owners |= owner.bit();
            }
        }
        return owners;
    }

    boolean owns(Object function) {
        return of(function) == bit();
    }

    /** The owner of {@code function}, as its {@link #bit}; 0 for any other code. */
    static int of(Object function) {
        Class<?> type = function.getClass();
        Known recent = RECENT[System.identityHashCode(type) & RECENT.length - 1];
        return recent != null && recent.type == type ? recent.owner : look(type);
    }

    private static int look(Class<?> type) {
        Integer known = CLASSES.get(type);
        if (known == null) {
            known = compute(type.getName());
            CLASSES.put(type, known);
        }
        // Only classes that live as long as this one: the others would be kept from being unloaded.
        if (type.getClassLoader() == Flux.class.getClassLoader()) {
            RECENT[System.identityHashCode(type) & RECENT.length - 1] = new Known(type, known);
        }
        return known;
    }

    private static int compute(String name) {
        for (FunctionOwner owner : ALL) {
            if (name.startsWith(owner.host)) {
                return owner.bit();
            }
        }
        return 0;
    }

    private int bit() {
        return 1 << ordinal();
    }

    private record Known(Class<?> type, int owner) {}
}

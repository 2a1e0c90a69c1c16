// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import dev.weir.context.Traces;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The lambdas of one small pipeline: which trace each of them ran under. For one thread. */
final class SeenTraces {

    private final Map<String, Long> byPlace = new TreeMap<>();

    /** A lambda that gives back its argument. */
    <T> Function<T, T> at(String place) {
        return value -> {
            note(place);
            return value;
        };
    }

    void note(String place) {
        byPlace.put(place, Traces.current());
    }

    /** The trace of each place where a lambda ran. */
    Map<String, Long> byPlace() {
        return byPlace;
    }

    /** Runs {@code task} while the trace {@code id} is current; 0 for none. */
    static void under(long id, Runnable task) {
        Context trace = id == 0 ? Context.root() : Traces.trace(id);
        try (Scope scope = trace.makeCurrent()) {
            task.run();
        }
    }
}

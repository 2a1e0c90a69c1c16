// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.leak;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.opentelemetry.context.Scope;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A small application, to be loaded by a loader of its own. */
public final class Application {

    private Application() {}

    /** Runs a pipeline and stops everything that it started. */
    public static long run() {
        try (TracePropagation propagation = TracePropagation.enable();
                Scope scope = Traces.trace(3).makeCurrent()) {
            Long seen = Traced.with(
                            Mono.just(1).publishOn(Schedulers.single()).map(v -> Traces.current()), Traces.trace(3))
                    .block();
            return seen == null ? 0 : seen;
        } finally {
            Schedulers.shutdownNow();
        }
    }
}

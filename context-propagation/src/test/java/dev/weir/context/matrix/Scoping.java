// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import io.opentelemetry.context.Context;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How a propagation puts a part of a pipeline under a trace: the one thing that differs between ours and its peers. */
public interface Scoping {

    <T> Mono<T> with(Mono<T> source, Context trace);

    <T> Flux<T> with(Flux<T> source, Context trace);

    /** The trace in a Context, for a contextWrite by hand. */
    reactor.util.context.Context put(reactor.util.context.Context view, Context trace);
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A guard that called itself fuseable above a source that is not made the operator below it expect a queue subscription;
 * without a trace there is no guard, the source's plain subscription came, and every body that Reactor Netty aggregates
 * failed with a ClassCastException.
 */
class FusionOfGuardsTest {

    @Test
    void deferredSourceWithoutFusion_belowWhichAnOperatorFuses_withoutATrace() {
        try (TracePropagation propagation = TracePropagation.enable()) {
            assertThat(Mono.defer(() -> Mono.just("a").hide())
                            .map(String::toUpperCase)
                            .block())
                    .isEqualTo("A");
            assertThat(Flux.defer(() -> Flux.just("a", "b").hide())
                            .map(String::toUpperCase)
                            .collectList()
                            .block())
                    .containsExactly("A", "B");
        }
    }
}

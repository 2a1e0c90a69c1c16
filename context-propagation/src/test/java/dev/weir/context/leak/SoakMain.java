// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.leak;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.opentelemetry.context.Context;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Sends many requests through guarded pipelines and prints the heap after a collection, ten times. */
public final class SoakMain {

    private SoakMain() {}

    /** @param args how many requests */
    public static void main(String[] args) {
        int requests = Integer.parseInt(args[0]);
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        try (TracePropagation propagation = TracePropagation.enable()) {
            long wrong = 0;
            for (int part = 1; part <= 10; part++) {
                Long found = Flux.range(1, requests / 10)
                        .flatMap(SoakMain::request, 256)
                        .filter(right -> !right)
                        .count()
                        .block();
                wrong += found == null ? 0 : found;
                System.gc();
                System.out.println(part * (requests / 10) + " requests, "
                        + memory.getHeapMemoryUsage().getUsed() / 1024 + " KiB, wrong " + wrong);
            }
        }
        System.exit(0);
    }

    private static Mono<Boolean> request(int number) {
        Context trace = Traces.trace(number);
        Mono<Boolean> handler = Mono.just(number)
                .flatMap(v -> Mono.<Integer>create(sink -> sink.success(v)))
                .map(v -> Traces.current() == number);
        return Traced.with(number % 16 == 0 ? handler.publishOn(Schedulers.parallel()) : handler, trace);
    }
}

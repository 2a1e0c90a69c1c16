// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.blocking;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import dev.weir.context.log.LogFields;
import dev.weir.context.w3c.W3cPropagator;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** Runs guarded pipelines on threads that BlockHound watches; prints {@code clean}, or what blocked. */
public final class BlockingMain {

    private BlockingMain() {}

    public static void main(String[] args) {
        BlockHound.install();
        try (TracePropagation propagation = TracePropagation.enable()) {
            System.out.println("control " + detects());
            Mono<Integer> shared = Mono.just(1).publishOn(Schedulers.parallel()).cache();
            Flux.range(1, 500)
                    .flatMap(id ->
                            Traced.with(request(id, shared), Traces.trace(id)).subscribeOn(Schedulers.parallel()))
                    .blockLast(Duration.ofSeconds(60));
            System.out.println("clean");
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
        }
        System.exit(0);
    }

    private static Mono<Integer> request(int id, Mono<Integer> shared) {
        Sinks.One<Integer> sink = Sinks.one();
        return Mono.just(id)
                .flatMap(v -> shared.map(w -> v))
                .delayElement(Duration.ofMillis(1))
                .flatMap(v -> Mono.<Integer>create(callback -> {
                    Schedulers.parallel().schedule(() -> callback.success(v));
                }))
                .doOnNext(sink::tryEmitValue)
                .zipWith(sink.asMono().map(v -> v))
                .map(pair -> {
                    String[] header = new String[1];
                    W3cPropagator.instance()
                            .inject(Context.current(), header, (carrier, key, value) -> carrier[0] = value);
                    String expected = "%016x".formatted(id);
                    if (!header[0].contains(expected)
                            || !expected.equals(LogFields.current().get("span_id"))) {
                        throw new IllegalStateException(header[0]);
                    }
                    return id;
                });
    }

    /** Whether a blocking call on such a thread is noticed at all. */
    private static boolean detects() {
        try {
            Mono.fromCallable(() -> new CountDownLatch(1).await(10, TimeUnit.SECONDS))
                    .subscribeOn(Schedulers.parallel())
                    .block();
            return false;
        } catch (RuntimeException e) {
            return e.getCause() != null
                    && e.getCause().getClass().getSimpleName().equals("BlockingOperationError");
        } catch (Error e) {
            return e.getClass().getSimpleName().equals("BlockingOperationError");
        }
    }
}

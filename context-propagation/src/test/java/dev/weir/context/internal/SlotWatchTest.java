// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class SlotWatchTest {

    private final List<String> reports = new CopyOnWriteArrayList<>();
    private final SlotWatch watch = new SlotWatch(reports::add);

    @BeforeEach
    void on() {
        SlotWatch.activate(watch);
    }

    @AfterEach
    void off() {
        SlotWatch.activate(null);
        Slot.set(null);
    }

    @Test
    void scopeLeftOpenInALambda_isReportedWithTheStackThatSetIt() {
        Traced.with(Mono.fromRunnable(() -> leaveOpen(Traces.trace(9))), Traces.trace(1))
                .block();

        assertThat(Traces.current()).isZero();
        assertThat(watch.found()).isPositive();
        assertThat(reports.get(0))
                .contains("should hold span 0000000000000001 and holds span 0000000000000009")
                .contains("SlotWatchTest.leaveOpen");
    }

    private static void leaveOpen(Context context) {
        Scope forgotten = context.makeCurrent();
        assertThat(forgotten).isNotNull();
    }

    @Test
    void scopeClosedOnAnotherThread_isReportedAndChangesNothing() throws Exception {
        Scope scope = Traces.trace(3).makeCurrent();
        Thread other = new Thread(scope::close);
        other.start();
        other.join();

        assertThat(Traces.current()).isEqualTo(3);
        assertThat(reports).hasSize(1);
        assertThat(reports.get(0)).contains("closed too late or on another thread");
    }

    @Test
    void scopesClosedInTheWrongOrder_areReported_andTheLaterStays() {
        Scope outer = Traces.trace(3).makeCurrent();
        Scope inner = Traces.trace(4).makeCurrent();
        outer.close();

        assertThat(Traces.current()).isEqualTo(4);
        inner.close();
        assertThat(Traces.current()).isEqualTo(3);
        assertThat(reports).hasSize(1);
    }

    @Test
    void pipelinesWithoutErrors_reportNothing() {
        try (TracePropagation propagation = TracePropagation.enable()) {
            Traced.with(
                            Flux.range(1, 10)
                                    .publishOn(Schedulers.parallel())
                                    .flatMap(v ->
                                            Traced.with(Mono.just(v).publishOn(Schedulers.single()), Traces.trace(v))),
                            Traces.trace(99))
                    .blockLast();
        }

        assertThat(reports).isEmpty();
    }
}

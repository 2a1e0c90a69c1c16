// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import dev.weir.context.internal.Failures;
import dev.weir.context.internal.HandOver;
import dev.weir.context.internal.Slot;
import dev.weir.context.internal.reactor.Guards;
import io.opentelemetry.context.Context;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What woven code calls. Thread-safe; does nothing until {@link #woven} was called and while propagation is off, so that
 * classes that stay woven cost a field read.
 *
 * @since 0.1
 */
public final class AgentAdvice {

    private static volatile boolean woven;

    /** Read at every woven place; a change may be seen late. */
    private static boolean active;

    private AgentAdvice() {}

    /** Told by the agent once all of {@link AgentPoint#all()} are woven; from then on {@code enable()} uses that tier. */
    public static void woven() {
        woven = true;
    }

    /** Whether an agent has woven Reactor. */
    public static boolean isWoven() {
        return woven;
    }

    /** Told by the propagation when it is enabled and when it is closed. */
    public static void activate(boolean on) {
        active = on;
        TaskBridge.install(on ? AgentAdvice::handOver : null);
    }

    /** See {@link AgentPoint.Action#GUARD_RESULT} and {@link AgentPoint.Action#GUARD_ARGUMENT}. */
    public static <T> CoreSubscriber<? super T> guarded(Publisher<?> source, CoreSubscriber<? super T> subscriber) {
        return active && Guards.isForeign(source) ? Guards.edge(subscriber) : subscriber;
    }

    /** See {@link AgentPoint.Action#CONTEXT_WRITTEN}. */
    public static <T> Flux<T> contextWritten(Flux<T> written) {
        return active ? Guards.contextWritten(written) : written;
    }

    /** See {@link AgentPoint.Action#CONTEXT_WRITTEN}. */
    public static <T> Mono<T> contextWritten(Mono<T> written) {
        return active ? Guards.contextWritten(written) : written;
    }

    /** See {@link AgentPoint.Action#SOURCE_RESULT}. */
    public static <T> Publisher<T> source(Publisher<T> source) {
        return active ? Guards.foreignSource(source) : source;
    }

    /** A task that cannot be wrapped is handed over as it is: nothing is thrown into the application. */
    private static Object handOver(Object code, String type) {
        try {
            Context trace = Slot.current();
            return type.equals("java.lang.Thread")
                    ? HandOver.threadBody(trace, code)
                    : HandOver.code(trace, code, type);
        } catch (Throwable failure) {
            Failures.add(failure);
            return code;
        }
    }
}

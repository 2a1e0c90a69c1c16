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

    /** Read at every woven place; a change may arrive late. */
    private static boolean active;

    private AgentAdvice() {}

    /**
     * Records that all of {@link AgentPoint#all()} are woven: from then on {@code enable()} uses that tier. Called by
     * the agent.
     */
    public static void woven() {
        woven = true;
    }

    /** {@return whether an agent has woven Reactor} */
    public static boolean isWoven() {
        return woven;
    }

    /**
     * Switches the woven code on or off. Called by the propagation when it is enabled and when it is closed.
     *
     * @param on false for woven code that does nothing
     */
    public static void activate(boolean on) {
        active = on;
        TaskBridge.install(on ? AgentAdvice::handOver : null);
    }

    /**
     * Guards a subscriber of a publisher that may signal without the subscriber's trace. See
     * {@link AgentPoint.Action#GUARD_RESULT} and {@link AgentPoint.Action#GUARD_ARGUMENT}.
     *
     * @param <T> type of the elements
     * @param source the publisher that is about to be subscribed to
     * @param subscriber the one that the signals are for
     * @return a guard in front of {@code subscriber}; {@code subscriber} itself when it needs none
     */
    public static <T> CoreSubscriber<? super T> guarded(Publisher<?> source, CoreSubscriber<? super T> subscriber) {
        return active && Guards.isForeign(source) ? Guards.edge(subscriber) : subscriber;
    }

    /**
     * Guards what is above a {@code contextWrite}, so that it runs under the trace that was written. See
     * {@link AgentPoint.Action#CONTEXT_WRITTEN}.
     *
     * @param <T> type of the elements
     * @param written the result of the {@code contextWrite}
     * @return {@code written} with a guard; {@code written} itself while propagation is off
     */
    public static <T> Flux<T> contextWritten(Flux<T> written) {
        return active ? Guards.contextWritten(written) : written;
    }

    /**
     * As {@link #contextWritten(Flux)}.
     *
     * @param <T> type of the element
     * @param written the result of the {@code contextWrite}
     * @return {@code written} with a guard; {@code written} itself while propagation is off
     */
    public static <T> Mono<T> contextWritten(Mono<T> written) {
        return active ? Guards.contextWritten(written) : written;
    }

    /**
     * Guards a publisher of another library that Reactor takes as it is. See {@link AgentPoint.Action#SOURCE_RESULT}.
     *
     * @param <T> type of the elements
     * @param source the publisher that becomes the source of an operator
     * @return {@code source} with a guard; {@code source} itself when it needs none
     */
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

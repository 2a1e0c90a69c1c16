// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import java.util.List;

/**
 * One place in a class of Reactor or of the JDK that an agent weaves. Immutable.
 *
 * @param className the class that declares the method, as {@link Class#getName()} writes it
 * @param methodName the method, {@code <init>} for constructors; every overload with these first parameter types
 * @param firstParameterTypes the types that the parameters begin with, as {@link Class#getName()} writes them
 * @param action what to do there
 * @param argument the parameter that is replaced, counted from 0
 * @since 0.1
 */
public record AgentPoint(
        String className, String methodName, List<String> firstParameterTypes, Action action, int argument) {

    /** What the woven code does. */
    public enum Action {
        /** At the end: the result becomes {@link AgentAdvice#guarded}{@code (first argument, result)}. */
        GUARD_RESULT,
        /** At the start: the first argument, a subscriber, becomes {@link AgentAdvice#guarded}{@code (this, argument)}. */
        GUARD_ARGUMENT,
        /** At the end: the result becomes {@link AgentAdvice#contextWritten}{@code (result)}. */
        CONTEXT_WRITTEN,
        /** At the end: the result becomes {@link AgentAdvice#source}{@code (result)}. */
        SOURCE_RESULT,
        /**
         * At the start: the argument becomes {@link TaskBridge#handOver}{@code (argument, name of its declared type)}. The
         * parameter types are all of them.
         */
        HAND_OVER,
        /** At the start: the argument becomes {@link TaskBridge#threadBody}{@code (argument)}. The types are all of them. */
        THREAD_BODY
    }

    private static final String PUBLISHERS = "reactor.core.publisher.";
    private static final String PUBLISHER = "org.reactivestreams.Publisher";
    private static final String SUBSCRIBER = "reactor.core.CoreSubscriber";
    private static final String OPERATORS = PUBLISHERS + "Operators";

    /**
     * Copies the list.
     *
     * @param className as {@link Class#getName()} writes it
     * @param methodName {@code <init>} for constructors
     * @param firstParameterTypes as {@link Class#getName()} writes them; empty for every overload
     * @param action what to do there
     * @param argument counted from 0; only an action that replaces a parameter uses it
     */
    public AgentPoint {
        firstParameterTypes = List.copyOf(firstParameterTypes);
    }

    private AgentPoint(String className, String methodName, List<String> firstParameterTypes, Action action) {
        this(className, methodName, firstParameterTypes, action, 0);
    }

    /** {@return the places in Reactor: all or none must be woven} */
    public static List<AgentPoint> all() {
        return List.of(
                new AgentPoint(
                        OPERATORS,
                        "restoreContextOnSubscriberIfPublisherNonInternal",
                        List.of(PUBLISHER, SUBSCRIBER),
                        Action.GUARD_RESULT),
                new AgentPoint(
                        OPERATORS,
                        "restoreContextOnSubscriberIfAutoCPEnabled",
                        List.of(PUBLISHER, SUBSCRIBER),
                        Action.GUARD_RESULT),
                new AgentPoint(OPERATORS, "toFluxOrMono", List.of(PUBLISHER), Action.SOURCE_RESULT),
                new AgentPoint(PUBLISHERS + "Flux", "contextWrite", List.of(), Action.CONTEXT_WRITTEN),
                new AgentPoint(PUBLISHERS + "Mono", "contextWrite", List.of(), Action.CONTEXT_WRITTEN),
                subscribe("FluxPublish"),
                subscribe("FluxRefCount"),
                subscribe("FluxRefCountGrace"),
                subscribe("FluxAutoConnect"),
                subscribe("FluxAutoConnectFuseable"),
                subscribe("FluxSource"),
                subscribe("FluxSourceFuseable"),
                subscribe("MonoSource"),
                subscribe("MonoSourceFuseable"),
                subscribe("MonoIgnorePublisher"),
                subscribe("FluxGroupBy$UnicastGroupedFlux"),
                subscribe("NextProcessor"),
                subscribe("FluxInterval"),
                subscribe("MonoDelay"),
                subscribeOrReturn("FluxReplay"),
                subscribeOrReturn("MonoCacheTime"),
                subscribeOrReturn("MonoCacheInvalidateIf"),
                subscribeOrReturn("MonoCacheInvalidateWhen"));
    }

    /**
     * The places in the JDK through which work leaves Reactor: executors, the stages of a CompletableFuture, threads. Found
     * in the classes of the JDK that runs: each of their public methods that takes code. They call {@link TaskBridge}, which
     * must be on the bootstrap path for that.
     *
     * <p>A task is wrapped where it is still the application's, and Futures keep their identity. What has an identity of its
     * own and no code inside stays without its trace: a TimerTask, a ForkJoinTask that computes by itself, a task that is
     * Comparable. A RejectedExecutionHandler and {@code beforeExecute} get the wrapped task; so does code that asks the
     * queue.
     *
     * @return an immutable list, found anew by each call
     */
    public static List<AgentPoint> executors() {
        return JdkPoints.find();
    }

    private static AgentPoint subscribe(String simpleName) {
        return new AgentPoint(PUBLISHERS + simpleName, "subscribe", List.of(SUBSCRIBER), Action.GUARD_ARGUMENT);
    }

    private static AgentPoint subscribeOrReturn(String simpleName) {
        return new AgentPoint(PUBLISHERS + simpleName, "subscribeOrReturn", List.of(SUBSCRIBER), Action.GUARD_ARGUMENT);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import java.util.List;

/**
 * One place in a class of Reactor or of the JDK that an agent weaves. Immutable.
 *
 * @param className the class that declares the method
 * @param methodName the method; every overload with these first parameter types
 * @param firstParameterTypes the types that the parameters begin with
 * @param action what to do there
 */
public record AgentPoint(String className, String methodName, List<String> firstParameterTypes, Action action) {

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
        /** At the start: the first argument, a task, becomes {@link TaskBridge#task}{@code (argument)}. */
        WRAP_TASK,
        /** At the start: the second argument, a function of any kind, becomes {@link TaskBridge#function}{@code (argument)}. */
        WRAP_FUNCTION
    }

    private static final String PUBLISHERS = "reactor.core.publisher.";
    private static final String PUBLISHER = "org.reactivestreams.Publisher";
    private static final String SUBSCRIBER = "reactor.core.CoreSubscriber";
    private static final String OPERATORS = PUBLISHERS + "Operators";

    /** Copies the list. */
    public AgentPoint {
        firstParameterTypes = List.copyOf(firstParameterTypes);
    }

    /** The places in Reactor: all or none must be woven. */
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
     * The places in the JDK through which work leaves Reactor: executors and the stages of a CompletableFuture. They call
     * {@link TaskBridge}, which must be on the bootstrap path for that.
     */
    public static List<AgentPoint> executors() {
        String runnable = "java.lang.Runnable";
        String executor = "java.util.concurrent.Executor";
        String future = "java.util.concurrent.CompletableFuture";
        return List.of(
                new AgentPoint(
                        "java.util.concurrent.ThreadPoolExecutor", "execute", List.of(runnable), Action.WRAP_TASK),
                new AgentPoint("java.util.concurrent.ForkJoinPool", "execute", List.of(runnable), Action.WRAP_TASK),
                new AgentPoint(
                        "java.util.concurrent.ScheduledThreadPoolExecutor",
                        "schedule",
                        List.of(runnable),
                        Action.WRAP_TASK),
                new AgentPoint(
                        "java.util.concurrent.ScheduledThreadPoolExecutor",
                        "execute",
                        List.of(runnable),
                        Action.WRAP_TASK),
                stage(future, "uniApplyStage", executor, "java.util.function.Function"),
                stage(future, "uniAcceptStage", executor, "java.util.function.Consumer"),
                stage(future, "uniRunStage", executor, runnable),
                stage(future, "uniWhenCompleteStage", executor, "java.util.function.BiConsumer"),
                stage(future, "uniHandleStage", executor, "java.util.function.BiFunction"),
                stage(future, "uniComposeStage", executor, "java.util.function.Function"));
    }

    private static AgentPoint stage(String future, String method, String executor, String function) {
        return new AgentPoint(future, method, List.of(executor, function), Action.WRAP_FUNCTION);
    }

    private static AgentPoint subscribe(String simpleName) {
        return new AgentPoint(PUBLISHERS + simpleName, "subscribe", List.of(SUBSCRIBER), Action.GUARD_ARGUMENT);
    }

    private static AgentPoint subscribeOrReturn(String simpleName) {
        return new AgentPoint(PUBLISHERS + simpleName, "subscribeOrReturn", List.of(SUBSCRIBER), Action.GUARD_ARGUMENT);
    }
}

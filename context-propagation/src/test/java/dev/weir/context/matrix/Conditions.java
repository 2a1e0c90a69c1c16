// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.agent.Weaver;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.instrumentation.reactor.v3_1.ContextPropagationOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What stands in the process before the matrix runs. */
public final class Conditions {

    private Conditions() {}

    /**
     * Sets up one condition; several are joined by {@code +}, and the first one says how scopes are made.
     *
     * @param mode {@code none}; {@code weir}; {@code agent} and {@code executors} (woven, the latter with the JDK); {@code observation} (Micrometer's, with its bridge to OpenTelemetry, in Reactor's automatic mode); {@code otel}
     *     (OpenTelemetry's operator); {@code auto} (Reactor's automatic mode); {@code leak} (a control: a hook that
     *     never takes a trace away again)
     */
    public static Scoping enter(String mode) {
        Scoping scoping = null;
        for (String part : mode.split("\\+")) {
            Scoping found = enterOne(part);
            scoping = scoping == null ? found : scoping;
        }
        return scoping;
    }

    private static Scoping enterOne(String part) {
        switch (part) {
            case "none":
                return new WeirScoping();
            case "weir":
                System.out.println(TracePropagation.enable().status());
                return new WeirScoping();
            case "agent":
            case "executors":
                weave(part.equals("executors"));
                System.out.println(TracePropagation.enable().status());
                return new WeirScoping();
            case "otel":
                ContextPropagationOperator.create().registerOnEachOperator();
                return new OtelScoping();
            case "observation":
                Hooks.enableAutomaticContextPropagation();
                return new ObservationScoping();
            case "auto":
                Hooks.enableAutomaticContextPropagation();
                return new ContextWriteScoping();
            case "leak":
                Schedulers.onScheduleHook("leak", task -> {
                    Context captured = Context.current();
                    return () -> {
                        Scope neverClosed = captured.makeCurrent();
                        task.run();
                    };
                });
                return new WeirScoping();
            default:
                throw new IllegalArgumentException(part);
        }
    }

    private static void weave(boolean executors) {
        try {
            Weaver.weave(executors);
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ours. */
    static final class WeirScoping implements Scoping {

        @Override
        public <T> Mono<T> with(Mono<T> source, Context trace) {
            return Traced.with(source, trace);
        }

        @Override
        public <T> Flux<T> with(Flux<T> source, Context trace) {
            return Traced.with(source, trace);
        }

        @Override
        public reactor.util.context.Context put(reactor.util.context.Context view, Context trace) {
            return Traced.put(view, trace);
        }
    }

    /** As the users of OpenTelemetry's operator do it. */
    static final class OtelScoping implements Scoping {

        @Override
        public <T> Mono<T> with(Mono<T> source, Context trace) {
            return ContextPropagationOperator.runWithContext(source, trace);
        }

        @Override
        public <T> Flux<T> with(Flux<T> source, Context trace) {
            return ContextPropagationOperator.runWithContext(source, trace);
        }

        @Override
        public reactor.util.context.Context put(reactor.util.context.Context view, Context trace) {
            return ContextPropagationOperator.storeOpenTelemetryContext(view, trace);
        }
    }

    /** As the users of Reactor's automatic mode do it. */
    static final class ContextWriteScoping implements Scoping {

        @Override
        public <T> Mono<T> with(Mono<T> source, Context trace) {
            return source.contextWrite(view -> put(view, trace));
        }

        @Override
        public <T> Flux<T> with(Flux<T> source, Context trace) {
            return source.contextWrite(view -> put(view, trace));
        }

        @Override
        public reactor.util.context.Context put(reactor.util.context.Context view, Context trace) {
            return Traced.put(view, trace);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import org.reactivestreams.Subscription;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.SynchronousSink;

/** Lambdas of any functional interface that note the trace they run under and give back something useful. */
final class Lambdas {

    private Lambdas() {}

    static Object of(Type type, Values values, Run run, Operator operator, String place) {
        run.made(place);
        Class<?> raw = Types.raw(type);
        Method function = Types.functionOf(raw);
        Type result = Types.resultOf(function, type);
        return Proxy.newProxyInstance(
                Lambdas.class.getClassLoader(),
                new Class<?>[] {raw},
                new Handler(function, result, values, run, operator.isTerminal(), place, run.own));
    }

    private static final class Handler implements InvocationHandler {

        private final Method function;
        private final Type result;
        private final Values values;
        private final Run run;

        /** Whether it is the end of the pipeline, which must ask for values. */
        private final boolean last;

        private final String place;
        private final long wanted;
        private int calls;

        Handler(Method function, Type result, Values values, Run run, boolean last, String place, long wanted) {
            this.function = function;
            this.result = result;
            this.values = values;
            this.run = run;
            this.last = last;
            this.place = place;
            this.wanted = wanted;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] given) throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return switch (method.getName()) {
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == given[0];
                    default -> place;
                };
            }
            if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, given);
            }
            run.see(place, wanted);
            Object[] arguments = given == null ? new Object[0] : given;
            calls++;
            for (Object argument : arguments) {
                use(argument);
            }
            Class<?> raw = Types.raw(result);
            if (raw == void.class) {
                return null;
            }
            // Yes and no by turns: an operator that drops, cuts or subscribes again does both. Some ask twice.
            if (raw == boolean.class) {
                return (calls - 1) / 2 % 2 == 0;
            }
            try {
                return values.result(result, arguments, place);
            } catch (Values.UnknownType unknown) {
                run.defect(unknown.getMessage());
                throw unknown;
            }
        }

        @SuppressWarnings("unchecked")
        private void use(Object argument) {
            if (argument instanceof FluxSink<?> sink) {
                sink.onRequest(n -> run.see(place + ".onRequest", wanted))
                        .onCancel(() -> run.see(place + ".onCancel", wanted));
                run.add(new Signals(() -> 1, ((FluxSink<Object>) sink)::next, sink::complete, sink::error, false));
            } else if (argument instanceof MonoSink<?> sink) {
                sink.onRequest(n -> run.see(place + ".onRequest", wanted))
                        .onCancel(() -> run.see(place + ".onCancel", wanted));
                run.add(new Signals(() -> 1, ((MonoSink<Object>) sink)::success, sink::success, sink::error, true));
            } else if (last && argument instanceof Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            } else if (argument instanceof SynchronousSink<?> sink) {
                if (calls > 4) {
                    sink.complete();
                } else {
                    ((SynchronousSink<Object>) sink).next(1);
                }
            }
        }
    }
}

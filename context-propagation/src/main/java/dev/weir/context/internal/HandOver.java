// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Wraps code that is handed to the JDK, so that it runs under the trace of the code that handed it over. That may be no trace:
 * then it must not run under the trace of the thread that runs it. Stateless.
 */
public final class HandOver {

    private static final String SCHEDULERS = "reactor.core.scheduler";

    private HandOver() {}

    /**
     * {@code code} under {@code trace} as a {@code type}. Stays what it is: code that has a trace already, tasks that others
     * recognise (a Future, whose code was handed over when it was made; a stage's own task; one that a queue compares; a task
     * of Reactor's schedulers, inside of which is what the hook made), and whatever is of no kind known here.
     *
     * @param type the declared type of the parameter, a name
     */
    public static Object code(@Nullable Context trace, Object code, String type) {
        if (code instanceof HandedCode<?>) {
            return code;
        }
        return switch (type) {
            case "java.lang.Runnable" -> isRecognised(code) ? code : new TracedCalls.Task(trace, (Runnable) code);
            case "java.util.concurrent.Callable" ->
                isRecognised(code) ? code : new HandedCode.Call<>(trace, (Callable<?>) code);
            case "java.util.function.Supplier" -> new HandedCode.Supply<>(trace, (Supplier<?>) code);
            case "java.util.function.Function" -> new HandedCode.Apply<>(trace, (Function<?, ?>) code);
            case "java.util.function.BiFunction" -> new HandedCode.BiApply<>(trace, (BiFunction<?, ?, ?>) code);
            case "java.util.function.Consumer" -> new HandedCode.Accept<>(trace, (Consumer<?>) code);
            case "java.util.function.BiConsumer" -> new HandedCode.BiAccept<>(trace, (BiConsumer<?, ?>) code);
            case "java.util.Collection" -> all(trace, (Collection<?>) code);
            default -> code;
        };
    }

    /**
     * {@code body} of a new thread under {@code trace}. The JDK's own bodies stay: a pool's worker serves many, and what the
     * other ones carry was handed over before.
     */
    public static Object threadBody(@Nullable Context trace, Object body) {
        if (trace == null
                || body instanceof HandedCode<?>
                || body.getClass().getPackageName().equals("java.util.concurrent")) {
            return body;
        }
        return new HandedCode.ThreadBody(trace, (Runnable) body);
    }

    private static List<@Nullable Object> all(@Nullable Context trace, Collection<?> tasks) {
        List<@Nullable Object> handed = new ArrayList<>(tasks.size());
        for (Object task : tasks) {
            handed.add(task instanceof Callable<?> ? code(trace, task, Callable.class.getName()) : task);
        }
        return handed;
    }

    private static boolean isRecognised(Object code) {
        return code instanceof Future
                || code instanceof CompletableFuture.AsynchronousCompletionTask
                || code instanceof Comparable
                || code instanceof Disposable
                        && code.getClass().getPackageName().equals(SCHEDULERS);
    }
}

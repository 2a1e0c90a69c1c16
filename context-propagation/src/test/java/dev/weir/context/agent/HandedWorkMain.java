// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traces;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls each public method of the JDK's executors, stages and threads that takes code, in a JVM whose JDK is woven, and prints
 * {@code subject.method(types) want seen} for each whose code did not run under the trace of the one who handed it over. The
 * methods are those of the JDK that runs: one that a new JDK adds is called, too.
 */
public final class HandedWorkMain {

    private static final Set<Class<?>> CODE = Set.of(
            Runnable.class,
            Callable.class,
            Supplier.class,
            Function.class,
            BiFunction.class,
            Consumer.class,
            BiConsumer.class);

    private static final ThreadFactory DAEMONS = task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    };

    private final Queue<Long> seen = new ConcurrentLinkedQueue<>();
    private volatile CountDownLatch ran = new CountDownLatch(1);
    private final ExecutorService stagesRunHere = Executors.newSingleThreadExecutor(DAEMONS);
    private int called;

    private HandedWorkMain() {}

    public static void main(String[] args) throws Exception {
        Weaver.weave(true);
        try (TracePropagation propagation = TracePropagation.enable()) {
            HandedWorkMain main = new HandedWorkMain();
            for (long trace : new long[] {7, 0}) {
                main.all(trace);
            }
            System.out.println(propagation.status() + " called " + main.called);
        }
        System.exit(0);
    }

    private void all(long trace) throws Exception {
        for (Map.Entry<String, Object> executor : executors().entrySet()) {
            for (Method method : methods(executor.getValue().getClass())) {
                check(executor.getKey(), method, executor.getValue(), trace, null);
            }
        }
        for (Method method : CompletableFuture.class.getMethods()) {
            if (takesCode(method)) {
                check(
                        "CompletableFuture",
                        method,
                        Modifier.isStatic(method.getModifiers()) ? "static" : null,
                        trace,
                        null);
            }
        }
        for (Method method : ForkJoinTask.class.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) && takesCode(method)) {
                check(
                        "ForkJoinTask",
                        method,
                        "static",
                        trace,
                        task -> ForkJoinPool.commonPool().execute((ForkJoinTask<?>) task));
            }
        }
        for (Constructor<?> constructor : FutureTask.class.getConstructors()) {
            check("FutureTask", constructor, "static", trace, task -> stagesRunHere.execute((Runnable) task));
        }
        for (Constructor<?> constructor : Thread.class.getConstructors()) {
            if (takesCode(constructor)) {
                check("Thread", constructor, "static", trace, thread -> ((Thread) thread).start());
            }
        }
        for (Method method : Thread.class.getMethods()) {
            if (takesCode(method)) {
                check("Thread", method, "static", trace, null);
            }
        }
        for (Map.Entry<String, Object> maker : threadMakers().entrySet()) {
            for (Method method : methods(maker.getValue().getClass())) {
                check(maker.getKey(), method, maker.getValue(), trace, HandedWorkMain::startIfNew);
            }
        }
    }

    private static void startIfNew(Object thread) {
        if (((Thread) thread).getState() == Thread.State.NEW) {
            ((Thread) thread).start();
        }
    }

    private static Map<String, Object> executors() throws Exception {
        Map<String, Object> found = new LinkedHashMap<>();
        for (Method factory : Executors.class.getMethods()) {
            if (!Executor.class.isAssignableFrom(factory.getReturnType())) {
                continue;
            }
            Object[] arguments = Arrays.stream(factory.getParameterTypes())
                    .map(type -> type == int.class
                            ? (Object) 1
                            : type == ThreadFactory.class ? DAEMONS : Executors.newScheduledThreadPool(1, DAEMONS))
                    .toArray();
            found.put(
                    factory.getName() + Arrays.toString(factory.getParameterTypes()), factory.invoke(null, arguments));
        }
        found.put("new ForkJoinPool(1)", new ForkJoinPool(1));
        found.put("commonPool()", ForkJoinPool.commonPool());
        found.put("delayedExecutor", CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS));
        return found;
    }

    private static Map<String, Object> threadMakers() {
        Map<String, Object> found = new LinkedHashMap<>();
        for (String kind : List.of("ofVirtual", "ofPlatform")) {
            try {
                Object builder = Thread.class.getMethod(kind).invoke(null);
                found.put(kind, builder);
                found.put(
                        kind + ".factory",
                        Class.forName("java.lang.Thread$Builder")
                                .getMethod("factory")
                                .invoke(builder));
            } catch (ReflectiveOperationException olderJdk) {
                return found;
            }
        }
        return found;
    }

    /** What {@code type} inherits from public types and takes code. */
    private static Collection<Method> methods(Class<?> type) {
        Map<String, Method> found = new LinkedHashMap<>();
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            collect(each, found);
        }
        return found.values();
    }

    private static void collect(Class<?> type, Map<String, Method> found) {
        if (Modifier.isPublic(type.getModifiers())) {
            for (Method method : type.getMethods()) {
                if (takesCode(method)
                        && Modifier.isPublic(method.getDeclaringClass().getModifiers())
                        && !method.isBridge()) {
                    found.putIfAbsent(method.getName() + Arrays.toString(method.getParameterTypes()), method);
                }
            }
        }
        for (Class<?> implemented : type.getInterfaces()) {
            collect(implemented, found);
        }
    }

    private static boolean takesCode(Executable place) {
        return Arrays.stream(place.getParameterTypes()).anyMatch(CODE::contains)
                || Arrays.stream(place.getGenericParameterTypes())
                        .anyMatch(type -> type.getTypeName().matches("java.util.Collection<.*Callable<.*"));
    }

    /** @param subject null for a new stage, completed elsewhere, with a value and with a failure */
    private void check(
            String name, Executable place, @Nullable Object subject, long trace, @Nullable Consumer<Object> then)
            throws Exception {
        if (place.getName().equals("remove")) {
            return;
        }
        called++;
        seen.clear();
        ran = new CountDownLatch(1);
        Set<String> failures = new TreeSet<>();
        if (subject == null) {
            for (boolean failing : new boolean[] {false, true}) {
                CompletableFuture<Object> stage = new CompletableFuture<>();
                CompletableFuture<Object> other = new CompletableFuture<>();
                invoke(place, stage, trace, other, failures);
                if (place.getName().equals("completeAsync") && !ran.await(10, TimeUnit.SECONDS)) {
                    // It asks its supplier only where nothing else has completed the stage before.
                    failures.add("did not run before the stage was completed");
                }
                elsewhere(() -> {
                    if (failing) {
                        stage.completeExceptionally(new IllegalStateException("on purpose"));
                    } else {
                        stage.complete(1);
                    }
                    other.complete(1);
                });
            }
        } else {
            CompletableFuture<Object> other = new CompletableFuture<>();
            Object result = invoke(place, subject, trace, other, failures);
            if (then != null && result != null) {
                elsewhere(() -> then.accept(result));
            }
            if (!ran.await(10, TimeUnit.SECONDS)) {
                failures.add("did not run");
            }
            if (result instanceof ScheduledFuture<?> scheduled) {
                scheduled.cancel(false);
            }
        }
        if (!ran.await(10, TimeUnit.SECONDS)) {
            failures.add("did not run");
        }
        for (long each : seen) {
            if (each != trace) {
                failures.add("saw " + each);
            }
        }
        if (Traces.current() != 0) {
            failures.add("left " + Traces.current() + " on the thread of the one who handed over");
        }
        if (!failures.isEmpty()) {
            System.out.println("- " + name + '.' + place.getName() + Arrays.toString(place.getParameterTypes())
                    + " want " + trace + ' ' + failures);
        }
    }

    /** What completes, starts or joins belongs to trace 9, which is wrong everywhere. */
    private static void elsewhere(Runnable code) throws InterruptedException {
        Thread thread = new Thread(() -> {
            try (Scope scope = Traces.trace(9).makeCurrent()) {
                code.run();
            }
        });
        thread.start();
        thread.join();
    }

    private @Nullable Object invoke(
            Executable place, Object subject, long trace, CompletableFuture<Object> other, Set<String> failures)
            throws Exception {
        Object[] arguments = Arrays.stream(place.getParameterTypes())
                .map(type -> argument(type, other))
                .toArray();
        Context current = trace == 0 ? Context.root() : Traces.trace(trace);
        try (Scope scope = current.makeCurrent()) {
            return place instanceof Method method
                    ? method.invoke(subject, arguments)
                    : ((Constructor<?>) place).newInstance(arguments);
        } catch (InvocationTargetException e) {
            failures.add(e.getCause().toString());
            return null;
        }
    }

    private @Nullable Object argument(Class<?> type, CompletableFuture<Object> other) {
        Callable<Object> work = this::see;
        return switch (type.getName()) {
            case "java.lang.Runnable" -> (Runnable) this::see;
            case "java.util.concurrent.Callable" -> work;
            case "java.util.Collection" -> List.of(work, work);
            case "java.util.function.Supplier" -> (Supplier<Object>) this::see;
            case "java.util.function.Function" -> (Function<Object, Object>) value -> see();
            case "java.util.function.BiFunction" -> (BiFunction<Object, Object, Object>) (a, b) -> see();
            case "java.util.function.Consumer" -> (Consumer<Object>) value -> see();
            case "java.util.function.BiConsumer" -> (BiConsumer<Object, Object>) (a, b) -> see();
            case "java.util.concurrent.Executor" -> stagesRunHere;
            case "java.util.concurrent.TimeUnit" -> TimeUnit.MILLISECONDS;
            case "long" -> type == long.class ? 20L : null;
            case "boolean" -> false;
            case "java.lang.String" -> "named";
            default -> CompletionStage.class.isAssignableFrom(type) ? other : null;
        };
    }

    private Object see() {
        seen.add(Traces.current());
        ran.countDown();
        return CompletableFuture.completedFuture(1);
    }
}

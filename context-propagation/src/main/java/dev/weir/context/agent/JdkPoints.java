// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import dev.weir.context.agent.AgentPoint.Action;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Finds the places of this JDK that take code to run it elsewhere or later. No list of methods: it would age with each JDK, and
 * names of private methods differ between them.
 */
final class JdkPoints {

    private static final Set<Class<?>> CODE = Set.of(
            Runnable.class,
            Callable.class,
            Supplier.class,
            Function.class,
            BiFunction.class,
            Consumer.class,
            BiConsumer.class);

    private JdkPoints() {}

    static List<AgentPoint> find() {
        List<AgentPoint> points = new ArrayList<>();
        for (Class<?> executor : executors()) {
            methods(points, executor, Action.HAND_OVER);
        }
        methods(points, CompletableFuture.class, Action.HAND_OVER);
        methods(points, ForkJoinTask.class, Action.HAND_OVER);
        constructors(points, FutureTask.class, Action.HAND_OVER);
        constructors(points, Thread.class, Action.THREAD_BODY);
        for (Class<?> maker : threadMakers()) {
            methods(points, maker, Action.THREAD_BODY);
        }
        return List.copyOf(points);
    }

    private static Set<Class<?>> executors() {
        Set<Class<?>> found = new LinkedHashSet<>(List.of(
                AbstractExecutorService.class,
                ThreadPoolExecutor.class,
                ScheduledThreadPoolExecutor.class,
                ForkJoinPool.class));
        for (Class<?> nested : CompletableFuture.class.getDeclaredClasses()) {
            if (Executor.class.isAssignableFrom(nested)) {
                found.add(nested);
            }
        }
        try {
            // Since JDK 21; only its class is asked for, it makes no thread.
            ThreadFactory none = task -> {
                throw new UnsupportedOperationException();
            };
            Object perTask = Class.forName("java.util.concurrent.Executors")
                    .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
                    .invoke(null, none);
            found.add(perTask.getClass());
            ((ExecutorService) perTask).shutdown();
        } catch (ReflectiveOperationException olderJdk) {
            return found;
        }
        return found;
    }

    /** Thread and, since JDK 21, what stands behind its builders and their factories. */
    private static Set<Class<?>> threadMakers() {
        Set<Class<?>> found = new LinkedHashSet<>(Set.of(Thread.class));
        for (String kind : List.of("ofVirtual", "ofPlatform")) {
            try {
                Object builder = Thread.class.getMethod(kind).invoke(null);
                found.add(builder.getClass());
                found.add(Class.forName("java.lang.Thread$Builder")
                        .getMethod("factory")
                        .invoke(builder)
                        .getClass());
            } catch (ReflectiveOperationException olderJdk) {
                return found;
            }
        }
        return found;
    }

    private static void methods(List<AgentPoint> points, Class<?> type, Action action) {
        Arrays.stream(type.getDeclaredMethods())
                .filter(method -> !method.isBridge() && !Modifier.isAbstract(method.getModifiers()))
                .forEach(method -> add(points, method, method.getName(), action));
    }

    private static void constructors(List<AgentPoint> points, Class<?> type, Action action) {
        Arrays.stream(type.getDeclaredConstructors())
                .forEach(constructor -> add(points, constructor, "<init>", action));
    }

    private static boolean isOfCallables(Type parameter) {
        String name = parameter.getTypeName();
        return name.startsWith(Collection.class.getName()) && name.contains(Callable.class.getName());
    }

    private static void add(List<AgentPoint> points, Executable place, String name, Action action) {
        if (!Modifier.isPublic(place.getModifiers())) {
            return;
        }
        Class<?>[] types = place.getParameterTypes();
        for (int i = 0; i < types.length; i++) {
            if (CODE.contains(types[i]) || isOfCallables(place.getGenericParameterTypes()[i])) {
                points.add(new AgentPoint(
                        place.getDeclaringClass().getName(),
                        name,
                        Arrays.stream(types).map(Class::getName).toList(),
                        action,
                        i));
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.reactivestreams.Publisher;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.GroupedFlux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;
import reactor.core.publisher.Signal;

/** One public method of Reactor's publishers. */
record Operator(Method method) {

    private static final List<Class<?>> PUBLISHERS =
            List.of(Flux.class, Mono.class, ParallelFlux.class, ConnectableFlux.class, GroupedFlux.class);

    /** Methods that run nothing and carry nothing, and the doors that every case here goes through. */
    private static final Set<String> OUTSIDE = Set.of(
            "Flux.getPrefetch()",
            "Flux.toString()",
            "Mono.toString()",
            "ParallelFlux.getPrefetch()",
            "ParallelFlux.toString()",
            "ParallelFlux.parallelism()",
            "GroupedFlux.key()",
            "Flux.subscribe(CoreSubscriber)",
            "Mono.subscribe(CoreSubscriber)",
            "ParallelFlux.subscribe(CoreSubscriber)",
            "ParallelFlux.subscribe(CoreSubscriber[])");

    /** Operators whose source runs for all their subscribers: what is above has no single right trace. */
    private static final Set<String> SHARING = Set.of(
            "share",
            "cache",
            "replay",
            "publish",
            "shareNext",
            "publishNext",
            "cacheInvalidateIf",
            "cacheInvalidateWhen");

    /** Operators that subscribe again without end, which a source that has ended already answers without end. */
    private static final Set<String> ENDLESS = Set.of("Flux.repeat()", "Flux.retry()", "Mono.repeat()", "Mono.retry()");

    static List<Operator> all() {
        return PUBLISHERS.stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .map(Operator::new)
                .filter(operator -> !OUTSIDE.contains(operator.toString()))
                .sorted(Comparator.comparing(Operator::toString))
                .toList();
    }

    boolean isStatic() {
        return Modifier.isStatic(method.getModifiers());
    }

    /** Whether it gives back something that is still to be subscribed. */
    boolean isTerminal() {
        Class<?> result = method.getReturnType();
        return !Publisher.class.isAssignableFrom(result)
                && result != ParallelFlux.class
                && !method.getName().equals("as");
    }

    boolean blocks() {
        return Set.of("block", "blockFirst", "blockLast", "blockOptional", "toIterable", "toStream")
                .contains(method.getName());
    }

    /** Whether a scheduler carries a cancellation out. */
    boolean handsCancellationOn() {
        return method.getName().equals("cancelOn");
    }

    boolean isEndless() {
        return ENDLESS.contains(toString());
    }

    boolean isOfConnectable() {
        return method.getDeclaringClass() == ConnectableFlux.class;
    }

    /** Whether a companion or a function decides how often it subscribes again. */
    boolean subscribesAgain() {
        return method.getName().startsWith("repeatWhen") || method.getName().startsWith("retryWhen");
    }

    boolean takesScheduler() {
        return Arrays.asList(method.getParameterTypes()).contains(reactor.core.scheduler.Scheduler.class);
    }

    /** Whether values of its result are publishers. */
    boolean givesPublishers() {
        return Types.mentionsPublisher(Types.element(method.getGenericReturnType()))
                || method.getName().equals("groupJoin");
    }

    /** Kinds that it can begin with; empty where it has no source. */
    List<Kind> sourceKinds() {
        Class<?> shape = sourceShape();
        if (shape == null) {
            return List.of();
        }
        if (blocks()) {
            return Kind.ofBlocking(shape == Mono.class);
        }
        return shape == Mono.class ? Kind.ofMonoSource() : isStatic() ? Kind.ofFluxInner() : Kind.ofFluxSource();
    }

    private Class<?> sourceShape() {
        if (!isStatic()) {
            return method.getDeclaringClass() == Mono.class ? Mono.class : Flux.class;
        }
        return Arrays.stream(method.getGenericParameterTypes())
                .map(Operator::publisherIn)
                .filter(type -> type != null)
                .findFirst()
                .orElse(null);
    }

    /** Kinds of other publishers that it can get; empty where it gets none. */
    List<Kind> innerKinds() {
        List<Type> types = Arrays.stream(method.getGenericParameterTypes())
                .filter(type -> Types.mentionsPublisher(type) || Types.raw(type) == reactor.util.retry.Retry.class)
                .toList();
        boolean onlySource = isStatic()
                && types.size() == 1
                && Types.isPublisher(types.get(0))
                && !Types.isPublisher(Types.element(types.get(0)));
        if (types.isEmpty() || onlySource) {
            return !isTerminal() && givesPublishers() ? List.of(Kind.CREATE, Kind.SCOPED) : List.of();
        }
        return types.stream().allMatch(type -> onlyMonos(type)) ? Kind.ofMonoSource() : Kind.ofFluxInner();
    }

    private static boolean onlyMonos(Type type) {
        String name = type.getTypeName();
        return name.contains("Mono<") && !name.contains("Publisher<");
    }

    /** The shape of the publishers in an argument; null when there are none. */
    private static Class<?> publisherIn(Type type) {
        if (Types.functionOf(Types.raw(type)) != null
                && !Types.isPublisher(type)
                && Types.raw(type) != Iterable.class) {
            return null;
        }
        if (!Types.mentionsPublisher(type)) {
            return null;
        }
        return type.getTypeName().contains("Mono<") ? Mono.class : Flux.class;
    }

    /** The result of the method, put together for {@code run} below {@code receiver}. */
    Object invoke(Object receiver, Values values) throws Throwable {
        List<Object> arguments = new ArrayList<>();
        for (Type type : method.getGenericParameterTypes()) {
            arguments.add(values.argument(type));
        }
        try {
            return method.invoke(receiver, arguments.toArray());
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    boolean shares() {
        boolean byFunction = Arrays.stream(method.getParameterTypes()).anyMatch(type -> type == Function.class)
                && method.getName().equals("publish");
        return method.getDeclaringClass() == ConnectableFlux.class || SHARING.contains(method.getName()) && !byFunction;
    }

    /** Whether rails, which share their source, get into the hands of the user. */
    boolean splitsIntoRails() {
        return method.getName().equals("groups") || method.getName().equals("transformGroups");
    }

    /** Whether a function gets the source itself, so that a scope put there is one around the source. */
    boolean givesSourceToFunction() {
        return method.getDeclaringClass() != ParallelFlux.class
                && (method.getName().equals("as") || method.getName().startsWith("transform"));
    }

    /** What the method is called on, as the class that has it wants it; null for a static one. */
    Object receiver(Publisher<Object> source) {
        Class<?> type = method.getDeclaringClass();
        if (isStatic()) {
            return null;
        }
        if (type == ParallelFlux.class) {
            return Flux.from(source).parallel(2, 1);
        }
        if (isOfConnectable()) {
            return Flux.from(source).publish();
        }
        return switch (method.getName()) {
            // Called for what happens in an operator above.
            case "doOnDiscard" -> dropping(source);
            case "onErrorContinue" -> failing(source);
            default -> source;
        };
    }

    private static Publisher<Object> dropping(Publisher<Object> source) {
        return source instanceof Mono<Object> mono
                ? mono.filter(value -> false)
                : Flux.from(source).filter(value -> false);
    }

    private static Publisher<Object> failing(Publisher<Object> source) {
        Function<Object, Object> failing = value -> {
            throw new Boom();
        };
        return source instanceof Mono<Object> mono
                ? mono.map(failing)
                : Flux.from(source).map(failing);
    }

    /** What values its source must have. */
    Class<?> sourceElement() {
        return method.getName().equals("dematerialize") ? Signal.class : Object.class;
    }

    @Override
    public String toString() {
        String parameters = Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", "));
        return method.getDeclaringClass().getSimpleName() + '.' + method.getName() + '(' + parameters + ')';
    }
}

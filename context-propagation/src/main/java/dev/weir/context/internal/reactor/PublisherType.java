// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.core.internal.KeepsTrace;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.MonoOperator;
import reactor.core.publisher.ParallelFlux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * What is known of one class of publishers. Found once for each class, from what the class is made of and not from its name,
 * so that an operator of a later Reactor is treated by what it does:
 *
 * <ul>
 *   <li>a class of another library may be fed from any thread;
 *   <li>so is a class of Reactor that is a sink, a subscriber or a subscription itself: it is one side of something that
 *       another one feeds;
 *   <li>a publisher with state of its own (a field that is not final) shares it among its subscribers;
 *   <li>a publisher without a source and a scheduler that says it runs asynchronously is fed from any thread;
 *   <li>a publisher without a source that holds a function which gives publishers hands its subscriber on to one of those.
 * </ul>
 */
final class PublisherType {

    private static final String REACTOR = "reactor.core.publisher.";
    private static final String LIFT_FUNCTION = REACTOR + "Operators$LiftFunction";

    private static final @Nullable Class<?> RETRY_SIGNALS =
            OperatorAccess.find(REACTOR + "FluxRetryWhen$RetryWhenOtherSubscriber");

    /** The adapters that do nothing by themselves; one of another name is only assembled a little slower. */
    private static final Set<String> SHELLS =
            Set.of("FluxSource", "FluxSourceFuseable", "MonoSource", "MonoSourceFuseable");

    /** Where operators keep the function that tells whose they are. */
    private static final Set<String> FUNCTIONS = Set.of(
            "callback",
            "contextualMonoFactory",
            "contextualPublisherFactory",
            "doOnContext",
            "mapper",
            "onNextCall",
            "supplier");

    private static final ClassMap<PublisherType> CLASSES = new ClassMap<>();

    /**
     * The classes that were looked up last, by their identity hash: this is asked for every operator that is assembled. Two
     * places for each, so that two classes of one pipeline seldom displace each other again and again.
     */
    private static final @Nullable PublisherType[] RECENT = new PublisherType[1024];

    private static final int OTHER_PLACE = RECENT.length / 2;

    private final Class<?> type;
    private final PublisherKind kind;
    private final OperatorInputs inputs;
    private final boolean shown;
    private final boolean safe;
    private final boolean adapter;
    private final boolean shell;
    /** The owners of the function for which such an operator needs no guard; none for nearly all classes. */
    private final int unguardedOwners;

    private final @Nullable MethodHandle function;

    private PublisherType(Class<?> type, PublisherKind kind, OperatorInputs inputs) {
        this.type = type;
        this.kind = kind;
        this.inputs = inputs;
        this.shown = !NotShown.is(type);
        this.safe = shown && !(kind == PublisherKind.HIDDEN_SOURCE && Publisher.class.isAssignableFrom(type));
        this.adapter = isOfReactor(type)
                && fieldsOf(type).stream()
                        .anyMatch(field -> field.getType() == Publisher.class
                                && field.getName().equals("source"));
        this.shell = adapter && SHELLS.contains(type.getSimpleName());
        this.function = functionOf(type);
        this.unguardedOwners = function == null ? 0 : FunctionOwner.ownersOf(type);
    }

    /** The first function that operators of {@code type} are given; null where there is none or it cannot be read. */
    private static @Nullable MethodHandle functionOf(Class<?> type) {
        if (FunctionOwner.ownersOf(type) == 0) {
            return null;
        }
        for (Field field : fieldsOf(type)) {
            if (FUNCTIONS.contains(field.getName())) {
                return OperatorAccess.getter(field);
            }
        }
        return null;
    }

    /**
     * Whether {@code publisher} belongs to Reactor or Reactor Netty on both sides. Reactor's automatic mode clears a trace there that
     * is only current, so beside it nothing does.
     */
    boolean isInternal(Object publisher) {
        MethodHandle getter = function;
        if (getter == null || ReactorHooks.isAutomaticModeOn()) {
            return false;
        }
        try {
            Object given = (@Nullable Object) getter.invokeExact(publisher);
            return given != null && (unguardedOwners & FunctionOwner.of(given)) != 0;
        } catch (Throwable e) {
            return false;
        }
    }

    static PublisherType of(Object publisher) {
        Class<?> type = publisher.getClass();
        int place = System.identityHashCode(type) & RECENT.length - 1;
        PublisherType recent = RECENT[place];
        if (recent != null && recent.type == type) {
            return recent;
        }
        recent = RECENT[place ^ OTHER_PLACE];
        return recent != null && recent.type == type ? recent : look(type, publisher);
    }

    private static PublisherType look(Class<?> type, Object publisher) {
        PublisherType found = CLASSES.get(type);
        if (found == null) {
            found = new PublisherType(type, kindOf(type, publisher), OperatorInputs.of(type));
            CLASSES.put(type, found);
        }
        // Only classes that live as long as this one: the others would be kept from being unloaded.
        if (type.getClassLoader() == Flux.class.getClassLoader()) {
            int place = System.identityHashCode(type) & RECENT.length - 1;
            if (RECENT[place] != null && RECENT[place ^ OTHER_PLACE] == null) {
                place ^= OTHER_PLACE;
            }
            RECENT[place] = found;
        }
        return found;
    }

    PublisherKind kind() {
        return kind;
    }

    /** Whether what stands on such a publisher needs no guard: the hook at assembly has met it, or it is no publisher. */
    boolean isSafe() {
        return safe;
    }

    /** Whether Reactor shows such an operator to the hook at assembly. */
    boolean isShown() {
        return shown;
    }

    OperatorInputs inputs() {
        return inputs;
    }

    /** Whether Reactor puts this class around publishers that are neither Flux nor Mono. */
    boolean isAdapter() {
        return adapter;
    }

    /** Whether this class only hands its subscriber on to the publisher that is inside. */
    boolean isShell() {
        return shell;
    }

    /** Whether this class gives the failures that a retry decides about. */
    boolean isRetrySignals() {
        return type == RETRY_SIGNALS;
    }

    static boolean isOfReactor(Class<?> type) {
        return type.getClassLoader() == Flux.class.getClassLoader()
                && type.getName().startsWith(REACTOR);
    }

    private static PublisherKind kindOf(Class<?> type, Object publisher) {
        if (KeepsTrace.class.isAssignableFrom(type)) {
            return PublisherKind.GUARD;
        }
        if (!isOfReactor(type) || isFedByOthers(type)) {
            return PublisherKind.HIDDEN_SOURCE;
        }
        List<Field> fields = fieldsOf(type);
        if (isLift(fields)) {
            return PublisherKind.LIFT;
        }
        if (fields.stream().anyMatch(PublisherType::changesContext)) {
            return OperatorAccess.isOperatorClass(type) ? PublisherKind.CONTEXT_WRITE : PublisherKind.SOURCE;
        }
        if (ConnectableFlux.class.isAssignableFrom(type) || hasState(fields)) {
            return PublisherKind.SOURCE;
        }
        // Also where the methods of operators cannot be reached: then a guard goes below those that stand on a hidden
        // source.
        if (OperatorAccess.isOperator(publisher) || ParallelFlux.class.isAssignableFrom(type)) {
            return PublisherKind.OPERATOR;
        }
        boolean hasSource = FluxOperator.class.isAssignableFrom(type) || MonoOperator.class.isAssignableFrom(type);
        return hasSource || emitsByItself(publisher, fields) || InputKind.isFunctionAmong(fields)
                ? PublisherKind.SOURCE
                : OperatorInputs.of(type).isEmpty() ? PublisherKind.KEEPS : PublisherKind.OPERATOR;
    }

    private static boolean isFedByOthers(Class<?> type) {
        return Subscriber.class.isAssignableFrom(type)
                || Subscription.class.isAssignableFrom(type)
                || Sinks.Empty.class.isAssignableFrom(type)
                || Sinks.Many.class.isAssignableFrom(type);
    }

    private static boolean hasState(List<Field> fields) {
        return fields.stream().anyMatch(field -> !Modifier.isFinal(field.getModifiers()));
    }

    private static boolean changesContext(Field field) {
        return field.getGenericType() instanceof ParameterizedType function
                && function.getActualTypeArguments().length == 2
                && isContext(function.getActualTypeArguments()[0])
                && isContext(function.getActualTypeArguments()[1]);
    }

    private static boolean isContext(Type type) {
        return type == Context.class;
    }

    /** A scheduler takes the trace along. */
    private static boolean emitsByItself(Object publisher, List<Field> fields) {
        return fields.stream().noneMatch(field -> Scheduler.class.isAssignableFrom(field.getType()))
                && publisher instanceof Scannable scannable
                && scannable.scanUnsafe(Scannable.Attr.RUN_STYLE) == Scannable.Attr.RunStyle.ASYNC;
    }

    /** Whether a class with these fields is what another library's hook puts around publishers. */
    static boolean isLift(List<Field> fields) {
        return fields.stream().anyMatch(field -> field.getType().getName().equals(LIFT_FUNCTION));
    }

    /** The fields of an instance, those of the superclass first. */
    static List<Field> fieldsOf(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        Class<?> declaring = type;
        while (declaring != null && isOfReactor(declaring)) {
            List<Field> declared = Stream.of(declaring.getDeclaredFields())
                    .filter(field -> !Modifier.isStatic(field.getModifiers()))
                    .toList();
            fields.addAll(0, declared);
            declaring = declaring.getSuperclass();
        }
        return fields;
    }
}

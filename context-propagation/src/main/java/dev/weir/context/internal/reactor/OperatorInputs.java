// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Scannable;
import reactor.core.scheduler.Scheduler;

/**
 * The publishers, the functions that give publishers, and the schedulers that the operators of one class of Reactor are given,
 * found in the fields of the class.
 *
 * <p>An operator subscribes to its inputs by itself, where no hook is. So where an input may signal under any trace, the
 * operator is made anew with a guarded input, by its own constructor. Which constructor that is, is proved for each class
 * by a copy that equals its original in every field. Where it cannot be proved or reached, the operator stays as it is.
 */
final class OperatorInputs {

    private static final OperatorInputs NONE = new OperatorInputs(Object.class, List.of());

    private static final ClassMap<OperatorInputs> CLASSES = new ClassMap<>();

    private final Class<?> type;
    private final Input[] inputs;
    private final boolean hasFunction;
    private final boolean hasScheduler;
    private final boolean hasMore;
    /** By which of the inputs are null, a bit each: that tells the constructor. Raced without harm, as they are immutable. */
    private final @Nullable OperatorCopier[] copiers;

    private OperatorInputs(Class<?> type, List<Input> inputs) {
        this.type = type;
        this.inputs = inputs.toArray(Input[]::new);
        this.copiers = new OperatorCopier[1 << inputs.size()];
        this.hasFunction = inputs.stream().anyMatch(input -> input.kind == InputKind.FUNCTION);
        this.hasScheduler = inputs.stream().anyMatch(input -> input.kind == InputKind.SCHEDULER);
        this.hasMore = inputs.stream().anyMatch(input -> input.kind != InputKind.SCHEDULER && !input.isSource());
    }

    /** Of a class of publishers; empty for one that is not Reactor's. */
    static OperatorInputs of(Class<?> type) {
        OperatorInputs known = CLASSES.get(type);
        if (known == null) {
            known = find(type);
            CLASSES.put(type, known);
        }
        return known;
    }

    private static OperatorInputs find(Class<?> type) {
        if (!PublisherType.isOfReactor(type) || !OperatorAccess.AVAILABLE) {
            return NONE;
        }
        List<Field> fields = PublisherType.fieldsOf(type);
        List<Input> inputs = new ArrayList<>();
        for (Field field : fields) {
            InputKind kind = InputKind.of(field, PublisherType.isLift(fields));
            if (kind != null) {
                inputs.add(new Input(field, kind));
            }
        }
        // A function alone, as in defer, gives what the subscriber is handed on to: the guard below it is enough.
        boolean alone = fields.size() == 1 && inputs.size() == 1 && inputs.get(0).kind == InputKind.FUNCTION;
        return inputs.isEmpty() || alone ? NONE : new OperatorInputs(type, inputs);
    }

    boolean isEmpty() {
        return inputs.length == 0;
    }

    /** Whether {@code operator} needs no other look than at its source; false means that it must be looked at. */
    boolean areKnownToBeSafe(Object operator) {
        return !hasMore && (!hasScheduler || runsOnReactor(operator));
    }

    /** Whether {@code operator} runs on a scheduler whose tasks do not take the trace along. */
    boolean isScheduledElsewhere(Publisher<?> operator) {
        return hasScheduler && !runsOnReactor(operator);
    }

    private static boolean runsOnReactor(Object operator) {
        return operator instanceof Scannable scannable
                && scannable.scanUnsafe(Scannable.Attr.RUN_ON) instanceof Scheduler scheduler
                && TracedScheduler.asksReactorsHook(scheduler);
    }

    /** {@code operator}, or one like it whose inputs are guarded where they need it. */
    Publisher<Object> guarded(Publisher<Object> operator) {
        boolean change = hasFunction;
        int nulls = 0;
        for (int i = 0; i < inputs.length; i++) {
            Object value = inputs[i].get(operator);
            if (value == null) {
                nulls |= 1 << i;
            } else if (!change) {
                change = inputs[i].kind.guarded(value) != value;
            }
        }
        return change ? copy(operator, nulls) : operator;
    }

    @SuppressWarnings("unchecked")
    private Publisher<Object> copy(Publisher<Object> operator, int nulls) {
        OperatorCopier copier = copiers[nulls];
        if (copier == null) {
            copier = OperatorCopier.find(type, operator, this::guard);
            copiers[nulls] = copier;
        }
        Object copy = copier.copy(operator);
        return copy == null ? operator : (Publisher<Object>) copy;
    }

    private @Nullable MethodHandle guard(Field field) {
        for (Input input : inputs) {
            if (input.field.equals(field)) {
                return InputKind.GUARDED.bindTo(input.kind);
            }
        }
        return null;
    }

    /** A field that holds an input. */
    private static final class Input {

        final Field field;
        final InputKind kind;
        private final @Nullable MethodHandle getter;

        Input(Field field, InputKind kind) {
            this.field = field;
            this.kind = kind;
            this.getter = OperatorAccess.getter(field);
        }

        /** Whether this is what Reactor calls the parent. */
        boolean isSource() {
            return field.getName().equals("source");
        }

        @Nullable
        Object get(Object operator) {
            try {
                return getter == null ? null : (@Nullable Object) getter.invokeExact(operator);
            } catch (Throwable e) {
                return null;
            }
        }
    }
}

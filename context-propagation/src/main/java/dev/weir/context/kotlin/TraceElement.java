// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import dev.weir.context.Traced;
import dev.weir.context.internal.Slot;
import io.opentelemetry.context.Context;
import kotlin.coroutines.CoroutineContext;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.ThreadContextElement;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Makes a trace current wherever a coroutine runs: the thread is given the trace when the coroutine resumes there and what it
 * had before when it suspends. Where kotlinx-coroutines-reactor is present, the Reactor Context of the coroutine carries the
 * same trace: what {@code awaitSingle}, {@code asFlow}, {@code mono} and the like subscribe to belongs to the innermost
 * element, and all other entries of that Context stay. Immutable.
 *
 * <pre>{@code
 * withContext(Dispatchers.IO + TraceElement.current()) { … }
 * mono(TraceElement.of(reactorContext)) { … }
 * }</pre>
 *
 * @since 0.1
 */
public final class TraceElement implements ThreadContextElement<Context> {

    /** The key of this element in a coroutine's context. */
    public static final Key KEY = new Key();

    private final Context trace;

    private TraceElement(Context trace) {
        this.trace = trace;
    }

    /**
     * {@return an element for a given trace}
     *
     * @param trace {@link Context#root()} for none
     */
    public static TraceElement of(Context trace) {
        return new TraceElement(trace);
    }

    /** {@return an element for the trace that is current now} */
    public static TraceElement current() {
        return new TraceElement(Context.current());
    }

    /**
     * {@return an element for the trace that a Reactor Context carries, else for the current one}
     *
     * @param view the Reactor Context, for example that of {@code Mono.deferContextual}
     */
    public static TraceElement of(ContextView view) {
        return new TraceElement(Traced.get(view));
    }

    @Override
    public Key getKey() {
        return KEY;
    }

    @Override
    public CoroutineContext minusKey(CoroutineContext.Key<?> key) {
        return DefaultImpls.minusKey(this, key);
    }

    @Override
    public CoroutineContext plus(CoroutineContext context) {
        return DefaultImpls.plus(this, context);
    }

    /** Answers for the Reactor Context where the coroutine has none of its own. */
    @Override
    @SuppressWarnings("unchecked") // the key says the type
    public <E extends CoroutineContext.Element> @Nullable E get(CoroutineContext.Key<E> key) {
        if (ReactorCarrier.PRESENT && ReactorCarrier.isKey(key)) {
            return (E) ReactorCarrier.of(trace);
        }
        return DefaultImpls.get(this, key);
    }

    /** What every {@code context + element} goes through: the sum has one trace in both carriers. */
    @Override
    @SuppressWarnings("unchecked") // the same accumulator with the same elements
    public <R> R fold(R initial, Function2<? super R, ? super CoroutineContext.Element, ? extends R> operation) {
        R sum = DefaultImpls.fold(this, initial, operation);
        if (ReactorCarrier.PRESENT && sum instanceof CoroutineContext context && context.get(KEY) == this) {
            return (R) composed(context);
        }
        return sum;
    }

    /*
     * First of all elements: a context that looks for the Reactor Context to replace it asks its elements from the last to the
     * first and drops the one that answers, except the first.
     */
    private CoroutineContext composed(CoroutineContext sum) {
        CoroutineContext others = sum.minusKey(KEY);
        CoroutineContext.Element written = ReactorCarrier.written(others, trace);
        CoroutineContext composed = plus(others);
        return written == null ? composed : composed.plus(written);
    }

    @Override
    public Context updateThreadContext(CoroutineContext context) {
        Context before = Slot.current();
        Slot.set(Slot.nullIfRoot(trace));
        return before == null ? Context.root() : before;
    }

    @Override
    public void restoreThreadContext(CoroutineContext context, Context oldState) {
        Slot.set(Slot.nullIfRoot(oldState));
    }

    @Override
    public String toString() {
        return "TraceElement{" + trace + '}';
    }

    /** The type of {@link #KEY}. */
    public static final class Key implements CoroutineContext.Key<TraceElement> {

        private Key() {}
    }
}

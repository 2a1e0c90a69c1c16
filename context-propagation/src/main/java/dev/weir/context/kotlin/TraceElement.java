// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import dev.weir.context.Traced;
import dev.weir.context.internal.Slot;
import io.opentelemetry.context.Context;
import kotlin.coroutines.AbstractCoroutineContextElement;
import kotlin.coroutines.CoroutineContext;
import kotlinx.coroutines.ThreadContextElement;
import reactor.util.context.ContextView;

/**
 * Makes a trace current wherever a coroutine runs: the thread is given the trace when the coroutine resumes there and what it
 * had before when it suspends. Immutable.
 *
 * <pre>{@code
 * withContext(Dispatchers.IO + TraceElement.current()) { … }
 * mono(TraceElement.of(reactorContext)) { … }
 * }</pre>
 */
public final class TraceElement extends AbstractCoroutineContextElement implements ThreadContextElement<Context> {

    /** The key of this element in a coroutine's context. */
    public static final Key KEY = new Key();

    private final Context trace;

    private TraceElement(Context trace) {
        super(KEY);
        this.trace = trace;
    }

    /** For a given trace; {@link Context#root()} for none. */
    public static TraceElement of(Context trace) {
        return new TraceElement(trace);
    }

    /** For the trace that is current now. */
    public static TraceElement current() {
        return new TraceElement(Context.current());
    }

    /** For the trace that a Reactor Context carries, else the current one. */
    public static TraceElement of(ContextView view) {
        return new TraceElement(Traced.get(view));
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

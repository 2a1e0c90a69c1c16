// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.util.function.Consumer;
import java.util.function.Supplier;

/** Values, and one end, for whatever takes them. */
final class Signals implements Emitter {

    private final Supplier<Object> values;
    private final Consumer<Object> next;
    private final Runnable complete;
    private final Consumer<Throwable> error;
    private final boolean single;
    private boolean ended;

    /**
     * @param values null from it for a source that has none
     * @param single whether a value is the end
     */
    Signals(
            Supplier<Object> values,
            Consumer<Object> next,
            Runnable complete,
            Consumer<Throwable> error,
            boolean single) {
        this.values = values;
        this.next = next;
        this.complete = complete;
        this.error = error;
        this.single = single;
    }

    @Override
    public void next() {
        Object value = ended ? null : values.get();
        if (value != null) {
            ended |= single;
            next.accept(value);
        }
    }

    @Override
    public void complete() {
        if (!ended) {
            ended = true;
            complete.run();
        }
    }

    @Override
    public void error(Throwable failure) {
        if (!ended) {
            ended = true;
            error.accept(failure);
        }
    }

    @Override
    public boolean isSingle() {
        return single;
    }

    @Override
    public boolean isOpen() {
        return !ended;
    }
}

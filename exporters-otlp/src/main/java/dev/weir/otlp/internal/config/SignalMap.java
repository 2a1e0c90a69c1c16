// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.config;

import dev.weir.core.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** One value for each signal. Immutable. */
public final class SignalMap<T> {

    private static final Signal[] SIGNALS = Signal.values();

    private final List<T> values;

    private SignalMap(List<T> values) {
        this.values = List.copyOf(values);
    }

    /** Makes the value of each signal, in the order of {@link Signal}. */
    public static <T> SignalMap<T> of(Function<Signal, T> make) {
        List<T> values = new ArrayList<>();
        for (Signal signal : SIGNALS) {
            values.add(make.apply(signal));
        }
        return new SignalMap<>(values);
    }

    public T get(Signal signal) {
        return values.get(signal.ordinal());
    }

    /** All values, in the order of {@link Signal}. */
    public List<T> values() {
        return values;
    }
}

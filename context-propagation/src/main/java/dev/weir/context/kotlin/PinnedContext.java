// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import dev.weir.context.Traced;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A Reactor Context whose trace stays when another Context is put over it: {@code mono(context) { … }} puts the subscriber's
 * over that of {@code context}, and the trace of an element given there would be lost. Immutable.
 */
final class PinnedContext implements Context {

    private final Context entries;
    private final io.opentelemetry.context.Context trace;

    PinnedContext(Context view, io.opentelemetry.context.Context trace) {
        Context plain = view instanceof PinnedContext pinned ? pinned.entries : view;
        this.entries = Traced.put(plain, trace);
        this.trace = trace;
    }

    @Override
    public Context putAll(ContextView other) {
        return Traced.put(entries.putAll(other), trace);
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // the signature is Reactor's
    public <T> T get(Object key) {
        return entries.get(key);
    }

    @Override
    public <T> @Nullable T getOrDefault(Object key, @Nullable T defaultValue) {
        return entries.getOrDefault(key, defaultValue);
    }

    @Override
    public boolean hasKey(Object key) {
        return entries.hasKey(key);
    }

    @Override
    public Context put(Object key, Object value) {
        return entries.put(key, value);
    }

    @Override
    public Context delete(Object key) {
        return entries.delete(key);
    }

    @Override
    public int size() {
        return entries.size();
    }

    @Override
    public Stream<Map.Entry<Object, Object>> stream() {
        return entries.stream();
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}

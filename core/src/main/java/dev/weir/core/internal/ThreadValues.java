// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One value for each thread, as a {@link ThreadLocal}, but threads live longer than an application that is deployed anew: all that a
 * thread has is a weak reference, a class of the JDK, so that no thread keeps the class loader of a value. Thread-safe; {@link #get}
 * allocates nothing.
 *
 * @param <V> must not lead to its thread
 */
public final class ThreadValues<V> {

    @SuppressWarnings("ThreadLocalUsage") // the values belong to the owner of this object
    private final ThreadLocal<@Nullable WeakReference<V>> ofThread = new ThreadLocal<>();

    private final Map<Thread, V> kept = Collections.synchronizedMap(new WeakHashMap<>());

    /** The calling thread's value; null when it has none. */
    public @Nullable V get() {
        WeakReference<V> value = ofThread.get();
        return value == null ? null : value.get();
    }

    /** Gives the calling thread {@code value} for as long as it lives. */
    public void keep(V value) {
        kept.put(Thread.currentThread(), value);
        ofThread.set(new WeakReference<>(value));
    }

    /** Gives the calling thread a value that it does not keep alive: another owner does. */
    public void lend(WeakReference<V> value) {
        ofThread.set(value);
    }

    /** Takes back what was lent. */
    public void takeBack() {
        ofThread.remove();
    }
}

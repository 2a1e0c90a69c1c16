// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What is known of classes: as a {@link ClassValue}, which lets classes be unloaded that live shorter than this library, but lets this
 * library be unloaded as well where the classes live longer: those of a Reactor that several applications share. All that such a class
 * has is objects of the JDK. Thread-safe; {@link #get} allocates nothing once a class is known.
 *
 * <p>What is known of a class of another application, which lives neither as long nor longer, is forgotten with a collection.
 */
final class ClassMap<V> {

    /** The value of a class that cannot live longer than it; a weak reference of any other class. */
    private final ClassValue<AtomicReference<@Nullable Object>> places = new ClassValue<>() {
        @Override
        protected AtomicReference<@Nullable Object> computeValue(Class<?> type) {
            return new AtomicReference<>();
        }
    };

    private final Map<Class<?>, V> ofParents = new ConcurrentHashMap<>();

    /** Null for a class that is not known. */
    @SuppressWarnings("unchecked")
    @Nullable
    V get(Class<?> type) {
        Object value = places.get(type).get();
        return value instanceof WeakReference<?> weak ? (V) weak.get() : (V) value;
    }

    void put(Class<?> type, V value) {
        ClassLoader mine = ClassMap.class.getClassLoader();
        ClassLoader others = type.getClassLoader();
        if (isParent(mine, others)) {
            places.get(type).set(value);
            return;
        }
        places.get(type).set(new WeakReference<>(value));
        if (isParent(others, mine)) {
            ofParents.put(type, value);
        }
    }

    /** Whether {@code child} is {@code parent} or has it above itself. */
    private static boolean isParent(@Nullable ClassLoader parent, @Nullable ClassLoader child) {
        ClassLoader at = child;
        while (at != parent && at != null) {
            at = at.getParent();
        }
        return at == parent;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.Map;
import java.util.function.BiConsumer;

/** Attributes of an application that fail half-way. */
final class ThrowingAttributes implements Attributes {

    private final Throwable failure;
    private final Attributes some = Attributes.of(AttributeKey.stringKey("some"), "value");

    ThrowingAttributes(Throwable failure) {
        this.failure = failure;
    }

    @Override
    public <T> T get(AttributeKey<T> key) {
        return some.get(key);
    }

    @Override
    public void forEach(BiConsumer<? super AttributeKey<?>, ? super Object> consumer) {
        some.forEach(consumer);
        throw sneaky(failure);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"
    }) // as code that was not made by a compiler of Java can
    private static <X extends Throwable> RuntimeException sneaky(Throwable failure) throws X {
        throw (X) failure;
    }

    @Override
    public int size() {
        return 2;
    }

    @Override
    public boolean isEmpty() {
        return false;
    }

    @Override
    public Map<AttributeKey<?>, Object> asMap() {
        return some.asMap();
    }

    @Override
    public AttributesBuilder toBuilder() {
        return some.toBuilder();
    }
}

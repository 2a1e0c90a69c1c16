// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import io.opentelemetry.api.impl.InstrumentationUtil;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Says when a call must not be seen: when it carries telemetry itself, or when one of OpenTelemetry's instrumentations has made an
 * HTTP client span for it already.
 */
final class Suppression {

    private static final String SPAN_KEY = "io.opentelemetry.instrumentation.api.internal.SpanKey";

    /** {@code (Context) → Span}; null where OpenTelemetry's instrumentation API is not on the class path. */
    private static final @Nullable MethodHandle HTTP_CLIENT_SPAN = find();

    private Suppression() {}

    static boolean applies(Context context) {
        if (context == Context.root()) {
            return false;
        }
        return InstrumentationUtil.shouldSuppressInstrumentation(context)
                || HTTP_CLIENT_SPAN != null && hasClientSpan(HTTP_CLIENT_SPAN, context);
    }

    private static boolean hasClientSpan(MethodHandle lookup, Context context) {
        try {
            return (@Nullable Span) lookup.invokeExact(context) != null;
        } catch (Throwable e) {
            return false;
        }
    }

    private static @Nullable MethodHandle find() {
        try {
            Class<?> type = Class.forName(SPAN_KEY, true, Suppression.class.getClassLoader());
            Object key = type.getField("HTTP_CLIENT").get(null);
            return MethodHandles.publicLookup()
                    .findVirtual(type, "fromContextOrNull", MethodType.methodType(Span.class, Context.class))
                    .bindTo(key);
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }
}

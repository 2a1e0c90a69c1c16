// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.core.internal.InstrumentationSuppression;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Which calls must not be instrumented: those that carry telemetry, and those for which one of OpenTelemetry's
 * instrumentations has made an HTTP client span already. The class that knows of such a span need not be there, so it
 * is looked up by name. Stateless.
 */
final class Suppression {

    private static final String SPAN_KEY = "io.opentelemetry.instrumentation.api.internal.SpanKey";

    /** {@code (Context) → Span}; null when OpenTelemetry's instrumentation API is not on the class path. */
    private static final @Nullable MethodHandle HTTP_CLIENT_SPAN = findClientSpan();

    private Suppression() {}

    static boolean applies(Context context) {
        return context != Context.root()
                && (InstrumentationSuppression.isSuppressed(context) || hasClientSpan(context));
    }

    private static boolean hasClientSpan(Context context) {
        try {
            return HTTP_CLIENT_SPAN != null && (@Nullable Span) HTTP_CLIENT_SPAN.invokeExact(context) != null;
        } catch (Throwable e) {
            return false;
        }
    }

    private static @Nullable MethodHandle findClientSpan() {
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

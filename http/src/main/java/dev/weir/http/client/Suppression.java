// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Says when a call must not be instrumented: when it carries telemetry itself, or when one of OpenTelemetry's instrumentations has made an
 * HTTP client span for it already. Both are told by classes that moved or need not be there, so they are looked up.
 */
final class Suppression {

    private static final String[] SUPPRESSION = {
        "io.opentelemetry.api.impl.InstrumentationUtil", "io.opentelemetry.api.internal.InstrumentationUtil"
    };
    private static final String SPAN_KEY = "io.opentelemetry.instrumentation.api.internal.SpanKey";

    /** {@code (Context) → boolean}; null where this version of OpenTelemetry has neither class. */
    private static final @Nullable MethodHandle SUPPRESSED = findSuppressed();

    /** {@code (Context) → Span}; null where OpenTelemetry's instrumentation API is not on the class path. */
    private static final @Nullable MethodHandle HTTP_CLIENT_SPAN = findClientSpan();

    private Suppression() {}

    static boolean applies(Context context) {
        return context != Context.root() && (isSuppressed(context) || hasClientSpan(context));
    }

    private static boolean isSuppressed(Context context) {
        try {
            return SUPPRESSED != null && (boolean) SUPPRESSED.invokeExact(context);
        } catch (Throwable e) {
            return false;
        }
    }

    private static boolean hasClientSpan(Context context) {
        try {
            return HTTP_CLIENT_SPAN != null && (@Nullable Span) HTTP_CLIENT_SPAN.invokeExact(context) != null;
        } catch (Throwable e) {
            return false;
        }
    }

    private static @Nullable MethodHandle findSuppressed() {
        MethodHandle found = null;
        for (int i = 0; i < SUPPRESSION.length && found == null; i++) {
            found = findSuppressed(SUPPRESSION[i]);
        }
        return found;
    }

    private static @Nullable MethodHandle findSuppressed(String type) {
        try {
            return MethodHandles.publicLookup()
                    .findStatic(
                            Class.forName(type, true, Suppression.class.getClassLoader()),
                            "shouldSuppressInstrumentation",
                            MethodType.methodType(boolean.class, Context.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
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

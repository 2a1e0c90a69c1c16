// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import io.opentelemetry.context.Context;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * The mark in a context that OpenTelemetry's instrumentations respect: no telemetry is made of a call that carries telemetry. The
 * class that sets the mark moved between versions of OpenTelemetry, so it is looked up once by name. Stateless and thread-safe.
 */
public final class InstrumentationSuppression {

    private static final String[] TYPES = {
        "io.opentelemetry.api.impl.InstrumentationUtil", "io.opentelemetry.api.internal.InstrumentationUtil"
    };

    /** {@code (Context) → boolean}; null when this version of OpenTelemetry has neither class. */
    private static final @Nullable MethodHandle IS_SUPPRESSED =
            find("shouldSuppressInstrumentation", MethodType.methodType(boolean.class, Context.class));

    /** {@code (Runnable) → void}; null when this version of OpenTelemetry has neither class. */
    private static final @Nullable MethodHandle SUPPRESS =
            find("suppressInstrumentation", MethodType.methodType(void.class, Runnable.class));

    private InstrumentationSuppression() {}

    /** Whether {@code context} has the mark. */
    public static boolean isSuppressed(Context context) {
        try {
            return IS_SUPPRESSED != null && (boolean) IS_SUPPRESSED.invokeExact(context);
        } catch (Throwable e) {
            return false;
        }
    }

    /** Runs {@code task} under a context with the mark; without it when OpenTelemetry has none. */
    public static void run(Runnable task) {
        MethodHandle suppress = SUPPRESS;
        if (suppress == null) {
            task.run();
            return;
        }
        try {
            suppress.invokeExact(task);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable MethodHandle find(String method, MethodType type) {
        for (String name : TYPES) {
            MethodHandle found = find(name, method, type);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable MethodHandle find(String name, String method, MethodType type) {
        try {
            Class<?> owner = Class.forName(name, true, InstrumentationSuppression.class.getClassLoader());
            return MethodHandles.publicLookup().findStatic(owner, method, type);
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Runs what must not be traced, by the mark that OpenTelemetry's instrumentation honours. The mark moved between
 * versions, so it is looked up once by name.
 */
final class Suppression {

    private static final @Nullable MethodHandle SUPPRESS = find();

    private Suppression() {}

    static void run(Runnable task) {
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

    private static @Nullable MethodHandle find() {
        MethodHandle newer = find("io.opentelemetry.api.impl.InstrumentationUtil");
        return newer != null ? newer : find("io.opentelemetry.api.internal.InstrumentationUtil");
    }

    private static @Nullable MethodHandle find(String name) {
        try {
            Class<?> type = Class.forName(name, true, Suppression.class.getClassLoader());
            return MethodHandles.publicLookup()
                    .findStatic(type, "suppressInstrumentation", MethodType.methodType(void.class, Runnable.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.JavaAgent;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * An OpenTelemetry that stands in this JVM already.
 *
 * @param openTelemetry its API
 * @param description for people
 */
record RunningSdk(OpenTelemetry openTelemetry, String description) {

    /** The javaagent's, or the one registered globally; null when there is none. Registers nothing itself. */
    static @Nullable RunningSdk find() {
        if (JavaAgent.isRunning()) {
            return new RunningSdk(GlobalOpenTelemetry.get(), "the OpenTelemetry javaagent");
        }
        return globalIsSet() ? new RunningSdk(GlobalOpenTelemetry.get(), "the global OpenTelemetry SDK") : null;
    }

    /** Asks through a handle: the question exists since API 1.57, and asking for the instance itself would set it. */
    private static boolean globalIsSet() {
        try {
            MethodHandle isSet = MethodHandles.publicLookup()
                    .findStatic(GlobalOpenTelemetry.class, "isSet", MethodType.methodType(boolean.class));
            return (boolean) isSet.invokeExact();
        } catch (NoSuchMethodException e) {
            return false;
        } catch (Throwable e) {
            throw new IllegalStateException("GlobalOpenTelemetry does not answer", e);
        }
    }
}

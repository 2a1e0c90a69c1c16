// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Registration;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/**
 * The JVM's {@link GlobalOpenTelemetry} as Weir uses it. It can be set once only, so what Weir sets passes on to the Weir that
 * is registered now, and nowhere between two of them. Thread-safe.
 */
final class GlobalSeat {

    /** Once in a JVM, as the global one is. */
    private static final GlobalSeat SEAT = new GlobalSeat();

    /** What was set, and how {@link GlobalOpenTelemetry} shows it; a reset by a test makes it the global one no more. */
    private @Nullable ForwardingOpenTelemetry set;

    private @Nullable OpenTelemetry shown;

    private GlobalSeat() {}

    /** Whether the global one was set, by whomever. */
    static boolean isSet() {
        try {
            MethodHandle isSet = MethodHandles.publicLookup()
                    .findStatic(GlobalOpenTelemetry.class, "isSet", MethodType.methodType(boolean.class));
            return (boolean) isSet.invokeExact();
        } catch (NoSuchMethodException e) {
            return isSetBeforeThatCouldBeAsked();
        } catch (Throwable e) {
            throw new IllegalStateException("GlobalOpenTelemetry does not answer", e);
        }
    }

    /** The question exists since API 1.57, and asking an older one for the instance itself would set it. */
    private static boolean isSetBeforeThatCouldBeAsked() {
        try {
            Field global = GlobalOpenTelemetry.class.getDeclaredField("globalOpenTelemetry");
            global.setAccessible(true);
            return global.get(null) != null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            return SEAT.hasSet();
        }
    }

    /** Whether the global one is that of a Weir, running or closed. */
    static boolean isOurs() {
        return SEAT.isShown();
    }

    /**
     * Makes {@code openTelemetry} the global one.
     *
     * @return gives it up again; null when the application set it, or another Weir that runs is there
     */
    static @Nullable Registration take(OpenTelemetry openTelemetry) {
        return SEAT.give(openTelemetry);
    }

    private synchronized boolean hasSet() {
        return set != null;
    }

    private synchronized boolean isShown() {
        return shown != null && isSet() && GlobalOpenTelemetry.get() == shown;
    }

    private synchronized @Nullable Registration give(OpenTelemetry openTelemetry) {
        ForwardingOpenTelemetry seat = set;
        if (seat == null || !isShown()) {
            seat = new ForwardingOpenTelemetry();
            try {
                GlobalOpenTelemetry.set(seat);
            } catch (IllegalStateException othersWereFirst) {
                return null;
            }
            set = seat;
            shown = GlobalOpenTelemetry.get();
        } else if (!seat.forwardsToNobody() || openTelemetry == shown) {
            return null;
        }
        return seat.forwardTo(openTelemetry);
    }
}

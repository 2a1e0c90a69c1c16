// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/**
 * The current trace of each thread, for the guards: {@link #enter} and {@link #exit} around whatever runs for another
 * trace. Stateless; every method is for the calling thread.
 *
 * <p>Where OpenTelemetry's storage is Weir's, a switch is two writes into the thread's holder. Where another library provides
 * it (the OpenTelemetry javaagent, a storage wrapper), the same calls go through its {@code attach}. Which of the two is
 * fixed when the process first touches a context, so the JIT compiles only one of them.
 */
public final class Slot {

    /** Whether {@code Context.current()} reads the holders of Weir. */
    public static final boolean OWNED = ContextStorage.get() == SlotStorage.INSTANCE;

    private Slot() {}

    /** The calling thread's holder; may be kept and handed to {@link #holder(Object[])} from any thread. */
    public static @Nullable Object[] holder() {
        return SlotStorage.holder();
    }

    /** {@code known} if it is the calling thread's holder, else the one that is. */
    public static @Nullable Object[] holder(@Nullable Object[] known) {
        return known[SlotStorage.OWNER] == Thread.currentThread() ? known : SlotStorage.holder();
    }

    /** The current context; null for the root. */
    public static @Nullable Context current() {
        return current(SlotStorage.holder());
    }

    /** As {@link #current()}, with the calling thread's holder at hand. */
    public static @Nullable Context current(@Nullable Object[] holder) {
        return OWNED ? (Context) holder[SlotStorage.CONTEXT] : ForeignStorage.current();
    }

    /**
     * Makes {@code trace} (null for the root) current.
     *
     * @return what {@link #exit} needs
     */
    public static @Nullable Object enter(@Nullable Object[] holder, @Nullable Context trace) {
        if (!OWNED) {
            return ForeignStorage.attach(trace);
        }
        Object before = holder[SlotStorage.CONTEXT];
        holder[SlotStorage.CONTEXT] = trace;
        SlotWatch watch = SlotWatch.active();
        if (watch != null) {
            watch.entered(trace);
        }
        return before;
    }

    /** Undoes {@link #enter}, whatever happened in between. */
    public static void exit(@Nullable Object[] holder, @Nullable Object before, @Nullable Context trace) {
        if (!OWNED) {
            if (before != null) {
                ForeignStorage.close((Scope) before);
            }
            return;
        }
        SlotWatch watch = SlotWatch.active();
        if (watch != null) {
            watch.leaving(holder, trace);
        }
        holder[SlotStorage.CONTEXT] = before;
    }

    /** Makes {@code trace} (null for the root) current until another is set; for callers that restore by themselves. */
    public static void set(@Nullable Context trace) {
        if (OWNED) {
            SlotStorage.holder()[SlotStorage.CONTEXT] = trace;
        } else {
            ForeignStorage.attach(trace);
        }
    }

    /** {@code context} for the holder: null if it is the root. */
    public static @Nullable Context nullIfRoot(@Nullable Context context) {
        return SlotStorage.nullIfRoot(context);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/**
 * OpenTelemetry's context storage on the slot. Thread-safe; {@link #attach} allocates one small scope, {@link #current}
 * nothing.
 */
public final class SlotStorage implements ContextStorage {

    /** The only one. */
    public static final SlotStorage INSTANCE = new SlotStorage();

    /*
     * The holder of a thread is an array of the JDK: { the current context or null for the root, the thread }. A class of
     * ours, or the root context left in it, would keep our class loader alive for as long as the thread lives.
     */
    static final int CONTEXT = 0;
    static final int OWNER = 1;

    private static final ThreadLocal<@Nullable Object[]> HOLDERS =
            ThreadLocal.withInitial(() -> new Object[] {null, Thread.currentThread()});

    private SlotStorage() {}

    static @Nullable Object[] holder() {
        return HOLDERS.get();
    }

    /** Null stands for the root, so that an idle thread refers to no class of OpenTelemetry. */
    static @Nullable Context nullIfRoot(@Nullable Context context) {
        return context == Context.root() ? null : context;
    }

    @Override
    public Scope attach(@Nullable Context toAttach) {
        if (toAttach == null) {
            return Scope.noop();
        }
        @Nullable Object[] holder = HOLDERS.get();
        Object before = holder[CONTEXT];
        Context now = nullIfRoot(toAttach);
        if (before == now) {
            return Scope.noop();
        }
        holder[CONTEXT] = now;
        SlotWatch watch = SlotWatch.active();
        if (watch != null) {
            watch.entered(now);
        }
        return new AttachedScope(holder, before, now);
    }

    @Override
    public @Nullable Context current() {
        return (Context) HOLDERS.get()[CONTEXT];
    }

    @Override
    public String toString() {
        return "weir slot";
    }

    /** Lets go of everything when it is closed: scopes are often kept in fields and frames for longer. */
    private static final class AttachedScope implements Scope {

        private @Nullable Object @Nullable [] holder;
        private @Nullable Object before;
        private @Nullable Context now;

        AttachedScope(@Nullable Object[] holder, @Nullable Object before, @Nullable Context now) {
            this.holder = holder;
            this.before = before;
            this.now = now;
        }

        /**
         * Gives the slot back what it had, but only on its own thread and only if it still holds what this scope put there:
         * a scope that is closed too late must not disturb the scope that came after it.
         */
        @Override
        public void close() {
            @Nullable Object[] of = holder;
            if (of == null) {
                return;
            }
            if (of[OWNER] == Thread.currentThread() && of[CONTEXT] == now) {
                of[CONTEXT] = before;
            } else {
                SlotWatch watch = SlotWatch.active();
                if (watch != null) {
                    watch.closedAstray(HOLDERS.get(), now);
                }
            }
            holder = null;
            before = null;
            now = null;
        }
    }
}

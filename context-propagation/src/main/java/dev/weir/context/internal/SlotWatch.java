// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import dev.weir.core.internal.ThreadValues;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The debug mode: remembers the stack that last set each thread's slot, and reports a slot that does not hold what it
 * should, with that stack. Expensive (a stack per switch) and meant for finding one error. Thread-safe.
 */
public final class SlotWatch {

    /** Read on every switch; volatile would cost there, and a late switch is harmless. */
    private static @Nullable SlotWatch active;

    private final Consumer<String> reports;
    private final LongAdder found = new LongAdder();
    private final ThreadValues<Map<Context, Throwable>> setBy = new ThreadValues<>();

    /** @param reports receives one text of several lines for each finding, on the thread that it is about */
    public SlotWatch(Consumer<String> reports) {
        this.reports = reports;
    }

    static @Nullable SlotWatch active() {
        return active;
    }

    /** Turns the debug mode on, or off with null. */
    public static void activate(@Nullable SlotWatch watch) {
        active = watch;
    }

    /** How many findings there were. */
    public long found() {
        return found.sum();
    }

    void entered(@Nullable Context trace) {
        if (trace != null) {
            setBy().put(trace, new Throwable("set here"));
        }
    }

    private Map<Context, Throwable> setBy() {
        Map<Context, Throwable> mine = setBy.get();
        if (mine == null) {
            mine = new WeakHashMap<>();
            setBy.keep(mine);
        }
        return mine;
    }

    void leaving(@Nullable Object[] holder, @Nullable Context expected) {
        Context actual = (Context) holder[SlotStorage.CONTEXT];
        if (actual != expected) {
            report(
                    "a scope was left open: the slot should hold " + name(expected) + " and holds " + name(actual),
                    actual);
        }
    }

    void closedAstray(@Nullable Object[] holder, @Nullable Context attached) {
        report(
                "a scope of " + name(attached) + " was closed too late or on another thread, where the slot holds "
                        + name((Context) holder[SlotStorage.CONTEXT]),
                attached);
    }

    private void report(String finding, @Nullable Context culprit) {
        found.increment();
        StringBuilder text = new StringBuilder(finding)
                .append(" (thread ")
                .append(Thread.currentThread().getName())
                .append(')');
        Throwable stack = culprit == null ? null : setBy().get(culprit);
        if (stack != null) {
            text.append(", which was set at");
            for (StackTraceElement element : stack.getStackTrace()) {
                text.append("\n    ").append(element);
            }
        }
        reports.accept(text.toString());
    }

    private static String name(@Nullable Context context) {
        return context == null
                ? "no trace"
                : "span " + Span.fromContext(context).getSpanContext().getSpanId();
    }
}

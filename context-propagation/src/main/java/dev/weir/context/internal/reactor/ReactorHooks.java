// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;

/** Puts the guards into Reactor's hooks and takes them out again. Callers serialize. */
public final class ReactorHooks {

    private ReactorHooks() {}

    /**
     * Installs the hooks; doing so twice changes nothing.
     *
     * @param atAssembly false where an agent has woven what the hook at assembly would do
     */
    public static void install(boolean atAssembly) {
        Schedulers.onScheduleHook(ScheduleHook.KEY, new ScheduleHook());
        if (atAssembly) {
            Hooks.onEachOperator(AssemblyHook.KEY, forPublishers(new AssemblyHook()));
            Hooks.onLastOperator(LastOperatorHook.KEY, forPublishers(new LastOperatorHook()));
        }
    }

    /** {@code hook} gives a publisher for each publisher; its type asks neither, since that would be an interface each time. */
    @SuppressWarnings("unchecked")
    private static Function<Publisher<Object>, Publisher<Object>> forPublishers(Function<?, ?> hook) {
        return (Function<Publisher<Object>, Publisher<Object>>) hook;
    }

    /** Removes the hooks; pipelines that stand keep the guards they have. */
    public static void remove() {
        Hooks.resetOnEachOperator(AssemblyHook.KEY);
        Hooks.resetOnLastOperator(LastOperatorHook.KEY);
        Schedulers.resetOnScheduleHook(ScheduleHook.KEY);
    }

    /** Whether Reactor carries thread locals along by itself; the application decides that, not Weir. */
    public static boolean isAutomaticModeOn() {
        return Hooks.isAutomaticContextPropagationEnabled();
    }
}

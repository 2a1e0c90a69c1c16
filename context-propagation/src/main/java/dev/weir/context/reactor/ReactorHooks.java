// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;

/** Puts the guards into Reactor's hooks and takes them out again. Callers serialize. */
public final class ReactorHooks {

    private ReactorHooks() {}

    /** Installs the hooks; doing so twice changes nothing. */
    public static void install() {
        Schedulers.onScheduleHook(ScheduleHook.KEY, new ScheduleHook());
        Hooks.onEachOperator(AssemblyHook.KEY, new AssemblyHook());
    }

    /** Removes the hooks; pipelines that stand keep the guards they have. */
    public static void remove() {
        Hooks.resetOnEachOperator(AssemblyHook.KEY);
        Schedulers.resetOnScheduleHook(ScheduleHook.KEY);
    }

    /** Whether Reactor carries thread locals along by itself; somebody else decides that. */
    public static boolean isAutomaticModeOn() {
        return Hooks.isAutomaticContextPropagationEnabled();
    }

    /** Whether guards can be placed above the operators that stand directly on a sink. */
    public static boolean isReparentingAvailable() {
        return OperatorAccess.AVAILABLE;
    }
}

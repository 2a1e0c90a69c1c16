// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import reactor.core.scheduler.Schedulers;

/** Puts the guards into Reactor's hooks and takes them out again. Callers serialize. */
public final class ReactorHooks {

    private ReactorHooks() {}

    /** Installs the hooks; doing so twice changes nothing. */
    public static void install() {
        Schedulers.onScheduleHook(ScheduleHook.KEY, new ScheduleHook());
    }

    /** Removes the hooks; pipelines that stand keep the guards they have. */
    public static void remove() {
        Schedulers.resetOnScheduleHook(ScheduleHook.KEY);
    }
}

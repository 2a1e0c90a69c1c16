// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import java.util.Collection;
import java.util.List;

/**
 * What can be set of trace propagation.
 *
 * @since 0.1
 */
public final class ContextSettings implements SettingsProvider {

    /** How much is guarded. */
    public enum Guarding {
        /** The best that this process allows: woven by an agent, else by Reactor's hooks. */
        AUTO,
        /** Reactor's hooks, even where an agent has woven Reactor. */
        LIBRARY,
        /** Only what is given to a scheduler, and what is wrapped by {@link Traced}: for applications that want no hook at assembly. */
        HOPS,
        /** Nothing; {@link Traced} still works. */
        OFF
    }

    /** {@code weir.context.guarding} */
    public static final Setting<Guarding> GUARDING = Setting.choice(
            "weir.context.guarding",
            Guarding.class,
            Guarding.AUTO,
            "which places in Reactor are guarded, so that each signal has the trace of its subscriber");

    /** {@code weir.context.debug} */
    public static final Setting<Boolean> DEBUG = Setting.flag(
            "weir.context.debug",
            false,
            "whether a trace that was left on a thread is reported with the stack that set it; costs a stack trace for each switch");

    @Override
    public Collection<Setting<?>> settings() {
        return List.of(GUARDING, DEBUG);
    }
}

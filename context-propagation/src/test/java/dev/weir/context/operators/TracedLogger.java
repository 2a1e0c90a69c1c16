// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.lang.reflect.Proxy;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Reactor's loggers: a line of {@code log()} must have the trace, too; all others are silent. */
final class TracedLogger {

    /** The case that runs now; loggers are found by name, and only once. */
    private static Run current;

    private TracedLogger() {}

    static void install() {
        Loggers.useCustomLoggers(
                name -> of(name.startsWith("reactor.core.") || name.startsWith("reactor.util.") ? null : "log"));
    }

    static void current(Run run) {
        current = run;
    }

    /** @param place null for a logger whose lines nobody asks for */
    static Logger of(String place) {
        return (Logger) Proxy.newProxyInstance(
                TracedLogger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getName")) {
                        return "traced";
                    }
                    if (method.getReturnType() == boolean.class) {
                        return true;
                    }
                    Run run = current;
                    if (place != null && run != null && method.getReturnType() == void.class) {
                        run.see(place + ".line", run.own);
                    }
                    return null;
                });
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/**
 * OpenTelemetry's storage where it is not Weir's. It, or a wrapper around it, may throw: the code that was to run in a trace runs
 * without.
 */
final class ForeignStorage {

    private ForeignStorage() {}

    static @Nullable Context current() {
        try {
            return SlotStorage.nullIfRoot(ContextStorage.get().current());
        } catch (Throwable failure) {
            Failures.add(failure);
            return null;
        }
    }

    /** @return null when nothing was attached */
    static @Nullable Scope attach(@Nullable Context trace) {
        try {
            return ContextStorage.get().attach(trace == null ? Context.root() : trace);
        } catch (Throwable failure) {
            Failures.add(failure);
            return null;
        }
    }

    static void close(Scope scope) {
        try {
            scope.close();
        } catch (Throwable failure) {
            Failures.add(failure);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Why a journal's last operation did not work: a failure, or a bound that was reached. The disk's thread only. */
final class JournalFailure {

    private final LogStore store;
    private final JournalLimits limits;
    private @Nullable String problem;
    private boolean full;

    JournalFailure(LogStore store, JournalLimits limits) {
        this.store = store;
        this.limits = limits;
    }

    @Nullable
    String problem() {
        return problem;
    }

    /** Whether it is a bound that was reached, and not a failure. */
    boolean isFull() {
        return problem != null && full;
    }

    void over() {
        problem = null;
    }

    void failed(String what, IOException e) {
        full = false;
        problem = what + " failed on the " + store.name() + " store: " + e.getMessage();
    }

    /** As {@link #failed}, for an operation that needed {@code bytes} of room. */
    void failedForRoom(String what, IOException e, long bytes) {
        failed(what, e);
        String message = String.valueOf(e.getMessage());
        try {
            full = message.contains("No space left")
                    || message.contains("quota exceeded")
                    || store.usableBytes() < bytes + limits.minFreeBytes();
        } catch (IOException unknown) {
            full = false;
        }
    }

    void reached(String bound) {
        full = true;
        problem = "the " + store.name() + " store is full: " + bound;
    }
}

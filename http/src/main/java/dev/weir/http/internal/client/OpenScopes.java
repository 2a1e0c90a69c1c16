// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/**
 * The scopes that the handlers of one channel have open around what they call. They are closed in the order of the stack; only
 * {@link #suspend} can be called from within. Used by the channel's event loop only.
 */
@SuppressWarnings("MustBeClosedChecker") // each is closed by the frame that it belongs to
final class OpenScopes {

    /*
     * Reactor Netty ends a response, gives its connection back and lets the next borrower send, all on the stack of the read that
     * brought the last byte. From the moment the connection is given up, nothing on this stack belongs to the call any more. The
     * scopes below cannot be closed there: they are not the innermost ones. So one of no trace is laid upon them, until the frame
     * that was the innermost one then returns.
     */

    private int depth;
    private @Nullable Suspended suspended;

    private record Suspended(
            int depth, Scope none, @Nullable Suspended below) {}

    /** Makes {@code context} current until {@link #exit}, which the same frame calls whatever happens. */
    Scope enter(Context context) {
        Scope scope = context.makeCurrent();
        depth++;
        return scope;
    }

    /** Ends what {@link #enter} began. */
    void exit(Scope scope) {
        Suspended last = suspended;
        while (last != null && last.depth == depth) {
            last.none.close();
            last = last.below;
            suspended = last;
        }
        depth--;
        scope.close();
    }

    /** What follows on this stack belongs to no call, until the innermost frame returns. */
    void suspend() {
        if (depth > 0) {
            suspended = new Suspended(depth, Context.root().makeCurrent(), suspended);
        }
    }
}

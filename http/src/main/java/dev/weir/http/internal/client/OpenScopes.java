// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/**
 * The open scopes of the handlers of one channel. They are closed in the order of the stack; only {@link #suspend} can
 * be called inside them. Used by the channel's event loop only.
 */
@SuppressWarnings("MustBeClosedChecker") // each is closed by the frame that it belongs to
final class OpenScopes {

    /*
     * Reactor Netty ends a response, gives its connection back and lets the next borrower send, all on the stack of the
     * read that brought the last byte. After the connection was given back, nothing on this stack belongs to the call
     * any more. The scopes below cannot be closed there, because they are not the innermost ones. So an empty scope is
     * opened above them, until the frame that was the innermost one returns.
     */

    private int depth;
    private @Nullable Suspended suspended;

    private record Suspended(
            int depth, Scope none, @Nullable Suspended below) {}

    /** Makes {@code context} current until {@link #exit}, which the same frame must call in a finally block. */
    Scope enter(Context context) {
        Scope scope = context.makeCurrent();
        depth++;
        return scope;
    }

    /** Closes the scope of {@link #enter}. */
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

    /** The rest of this stack belongs to no call, until the innermost frame returns. */
    void suspend() {
        if (depth > 0) {
            suspended = new Suspended(depth, Context.root().makeCurrent(), suspended);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

/** Where the guard of a subscription goes. */
enum Placement {
    /** Between the publisher and its subscriber. */
    EDGE,
    /**
     * Above the operators that the publisher begins with: wherever one of them changes the trace, and directly below what may
     * signal under any.
     */
    THROUGH_OPERATORS,
    /** As {@code EDGE}, where the Context says nothing of a trace: what is above has the current one in its Context from then on. */
    END
}

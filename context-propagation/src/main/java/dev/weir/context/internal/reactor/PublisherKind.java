// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

/** What a class of publishers does to the trace of its subscribers. {@link PublisherType} finds it out. */
enum PublisherKind {
    /** Signals come on the thread and under the trace of the subscriber: nothing to do. */
    KEEPS,
    /** One of Reactor's operators on publishers that others made: as good as those. */
    OPERATOR,
    /** Signals may come under any trace: each subscriber needs a guard. Reactor shows these to its hook at assembly. */
    SOURCE,
    /** As {@code SOURCE}, but Reactor's hook at assembly does not meet it: the operator that takes it as an input must guard it. */
    HIDDEN_SOURCE,
    /** Changes the Context, perhaps the trace in it. */
    CONTEXT_WRITE,
    /** The hook of another library around a publisher: as good as what is inside. */
    LIFT,
    /** A guard of Weir. */
    GUARD
}

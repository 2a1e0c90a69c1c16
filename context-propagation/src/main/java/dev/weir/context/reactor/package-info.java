/**
 * The guards at the places where Reactor could let a trace go astray: scope changes, scheduler hops, foreign sources,
 * multicasts, raw writes of the trace into a Context. No API, except for the types that say so.
 */
@NullMarked
package dev.weir.context.reactor;

import org.jspecify.annotations.NullMarked;

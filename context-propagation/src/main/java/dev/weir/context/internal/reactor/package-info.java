// SPDX-License-Identifier: Apache-2.0
/**
 * The guards at the places where Reactor could lose a trace: scope changes, scheduler hops, foreign sources, multicasts, raw writes
 * of the trace into a Context. No API: may change at any time.
 */
@NullMarked
package dev.weir.context.internal.reactor;

import org.jspecify.annotations.NullMarked;

/**
 * Carries the trace context across Reactor operators, schedulers and executors. Start at
 * {@link dev.weir.context.TracePropagation#enable()}; {@link dev.weir.context.Traced} wraps single publishers and tasks.
 *
 * <p>The rule that everything here keeps: whenever a signal reaches a subscriber, the trace that is current on the thread is
 * the trace of that subscriber's Reactor Context. Reactor's own operators keep it by themselves; only the places that can
 * break it are guarded, so operators are neither wrapped one by one nor do they lose fusion.
 */
@NullMarked
package dev.weir.context;

import org.jspecify.annotations.NullMarked;

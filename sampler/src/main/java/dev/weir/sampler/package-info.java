/**
 * Decides which traces are kept, consistently over all services and with exact weights. Start at
 * {@link dev.weir.sampler.ConsistentSampler#parentBased(double)}.
 *
 * <p>Decisions take no lock, allocate nothing in the usual case and never throw.
 */
@NullMarked
package dev.weir.sampler;

import org.jspecify.annotations.NullMarked;

/**
 * The parts of a pipe that know neither its users nor its kinds of stores: the way into the ring, the rings, what is
 * counted, and what is brought back from earlier runs.
 */
@NullMarked
package dev.weir.log.internal.pipe;

import org.jspecify.annotations.NullMarked;

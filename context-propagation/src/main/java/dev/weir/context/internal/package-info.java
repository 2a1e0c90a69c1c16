/** The slot that holds the current trace of each thread. No API: may change at any time. */
@NullMarked
package dev.weir.context.internal;

import org.jspecify.annotations.NullMarked;

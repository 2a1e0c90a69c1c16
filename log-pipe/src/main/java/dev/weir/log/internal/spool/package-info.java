/** Batches of any signal that wait on the disk until they can be delivered. */
@NullMarked
package dev.weir.log.internal.spool;

import org.jspecify.annotations.NullMarked;

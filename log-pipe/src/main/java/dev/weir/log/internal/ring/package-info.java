/**
 * The ring between the callers and the writer: {@link dev.weir.log.internal.ring.Ring} and the file that it lives in.
 */
@NullMarked
package dev.weir.log.internal.ring;

import org.jspecify.annotations.NullMarked;

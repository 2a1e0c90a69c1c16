/**
 * W3C Trace Context (levels 1 and 2) and W3C Baggage, read strictly and written compactly. Start at
 * {@link dev.weir.context.w3c.W3cPropagator#instance()}.
 *
 * <p>Whatever arrives, nothing here throws: a header that breaks the rules starts a new trace.
 */
@NullMarked
package dev.weir.context.w3c;

import org.jspecify.annotations.NullMarked;

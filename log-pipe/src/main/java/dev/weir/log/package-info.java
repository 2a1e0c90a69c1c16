/**
 * A bounded, durable pipe for log records. Start at {@link dev.weir.log.LogPipe#builder()}.
 *
 * <p>The thread that logs encodes its record once, as OTLP, into a ring in a mapped file and goes on: it never waits,
 * never touches the disk and allocates nothing. One writer moves the ring into a store, and batches are read out of the
 * store with demand and forgotten once they are acknowledged.
 */
@NullMarked
package dev.weir.log;

import org.jspecify.annotations.NullMarked;

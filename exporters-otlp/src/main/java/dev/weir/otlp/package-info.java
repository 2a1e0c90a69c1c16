/**
 * OTLP for traces, logs and metrics over Reactor Netty. Start at {@link dev.weir.otlp.OtlpExport#builder()}.
 *
 * <p>Starts no thread of its own, never blocks a caller, never traces its own requests, and accounts for every record
 * in the {@link dev.weir.core.Ledger}.
 */
@NullMarked
package dev.weir.otlp;

import org.jspecify.annotations.NullMarked;

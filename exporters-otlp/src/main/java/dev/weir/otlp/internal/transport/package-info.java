/**
 * One attempt to hand a batch to a receiver, and what its answer means. Knows HTTP, gRPC and TLS; knows no queue, no retry.
 */
@NullMarked
package dev.weir.otlp.internal.transport;

import org.jspecify.annotations.NullMarked;

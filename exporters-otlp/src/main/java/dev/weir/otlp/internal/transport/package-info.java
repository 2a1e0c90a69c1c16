/**
 * One attempt to send a batch to a receiver, and the meaning of its answer. Knows HTTP, gRPC and TLS; knows no queue,
 * no retry.
 */
@NullMarked
package dev.weir.otlp.internal.transport;

import org.jspecify.annotations.NullMarked;

/**
 * Reactor Netty for the SDK's own OTLP exporters: senders without OkHttp, Kotlin or threads. Needs
 * OpenTelemetry 1.59 or newer; found by {@link java.util.ServiceLoader}.
 */
@NullMarked
package dev.weir.otlp.sender;

import org.jspecify.annotations.NullMarked;

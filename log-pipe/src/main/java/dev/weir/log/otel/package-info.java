/**
 * The OpenTelemetry Logs SDK into the pipe: {@link dev.weir.log.otel.LogPipeProcessor}. Needs opentelemetry-sdk-logs on
 * the class path.
 */
@NullMarked
package dev.weir.log.otel;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * Spans, log records and metrics of the OpenTelemetry SDK as the body of an OTLP export request. Start at
 * {@link dev.weir.otlp.internal.encode.OtlpEncoder}.
 *
 * <p>Nothing here knows a transport, starts a thread or touches the network; nothing uses an internal class of
 * OpenTelemetry.
 */
@NullMarked
package dev.weir.otlp.internal.encode;

import org.jspecify.annotations.NullMarked;

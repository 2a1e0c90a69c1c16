// SPDX-License-Identifier: Apache-2.0
/**
 * HTTP telemetry for Reactor Netty: spans, metrics and outcomes of servers and clients under the stable HTTP semantic
 * conventions, and the trace context in and out.
 *
 * <p>Start at {@link dev.weir.http.HttpTelemetry#create}. Nothing changes on the wire except the trace headers of
 * client requests; all hooks are public builder methods of Reactor Netty that add to what is there.
 */
@NullMarked
package dev.weir.http;

import org.jspecify.annotations.NullMarked;

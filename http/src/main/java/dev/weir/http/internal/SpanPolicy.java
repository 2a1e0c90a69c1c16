// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

/**
 * Which spans are made. Immutable.
 *
 * @param enabled false next to the OpenTelemetry javaagent, which makes the HTTP spans itself
 * @param exceptionEvents whether a failure becomes an event of its span
 * @param websocketSessions whether a websocket gets a span that lasts as long as the session
 */
public record SpanPolicy(boolean enabled, boolean exceptionEvents, boolean websocketSessions) {}

// SPDX-License-Identifier: Apache-2.0
/**
 * The client side: each send of a Reactor Netty {@code HttpClient} is one exchange, including the sends of redirects
 * and retries, and attempts that never got a connection. Everything of a channel belongs to its event loop.
 *
 * <p>Internal: used through {@link dev.weir.http.HttpTelemetry}; may change at any time.
 */
@NullMarked
package dev.weir.http.internal.client;

import org.jspecify.annotations.NullMarked;

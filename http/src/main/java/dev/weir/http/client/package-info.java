// SPDX-License-Identifier: Apache-2.0
/**
 * The client side: each send of a Reactor Netty {@code HttpClient} is one exchange, also the sends that redirects and retries make
 * of one call, and those that never got a connection.
 *
 * <p>Used through {@link dev.weir.http.HttpTelemetry}.
 */
@NullMarked
package dev.weir.http.client;

import org.jspecify.annotations.NullMarked;

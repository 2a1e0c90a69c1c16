// SPDX-License-Identifier: Apache-2.0
/**
 * The server side: one channel handler before Reactor Netty's bridge makes an exchange of each request, the same for
 * HTTP/1.1, h2, h2c and websockets. Everything of a channel belongs to its event loop.
 *
 * <p>Internal: used through {@link dev.weir.http.HttpTelemetry}; may change at any time. Never changes what the
 * application sends or receives.
 */
@NullMarked
package dev.weir.http.internal.server;

import org.jspecify.annotations.NullMarked;

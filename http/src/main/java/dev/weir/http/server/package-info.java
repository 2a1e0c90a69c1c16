// SPDX-License-Identifier: Apache-2.0
/**
 * The server side: one channel handler before Reactor Netty's bridge makes an exchange of each request, the same for HTTP/1.1,
 * h2, h2c and websockets.
 *
 * <p>Used through {@link dev.weir.http.HttpTelemetry}. Never changes what the application sends or receives.
 */
@NullMarked
package dev.weir.http.server;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * Spring WebFlux on an instrumented Reactor Netty server: the route that matched, the exception that became a response,
 * and the trace in the Reactor Context of the application's chain. Start at
 * {@link dev.weir.http.webflux.WebFluxTelemetry}.
 *
 * <p>Spring is an optional dependency; nothing outside this package needs it.
 */
@NullMarked
package dev.weir.http.webflux;

import org.jspecify.annotations.NullMarked;

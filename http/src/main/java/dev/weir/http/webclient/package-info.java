// SPDX-License-Identifier: Apache-2.0
/**
 * Spring's WebClient through its connector: spans come from the instrumented {@code HttpClient} below, one for each
 * send; a filter adds the template of the URL. Start at {@link dev.weir.http.webclient.WebClientTelemetry}.
 *
 * <p>Spring is an optional dependency; nothing outside this package needs it.
 */
@NullMarked
package dev.weir.http.webclient;

import org.jspecify.annotations.NullMarked;

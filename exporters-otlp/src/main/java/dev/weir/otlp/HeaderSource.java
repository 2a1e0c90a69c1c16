// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * Gives headers that change while the process runs, for example a token. Called for each request, one call after the
 * other, on a daemon thread that exists only during the calls: it may wait, but no request starts without its headers,
 * so cache what is slow to get. If it throws, or its {@code Mono} fails, the attempt fails and is repeated later. Lines
 * that it logs are exported as any other line of the application.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface HeaderSource {

    /**
     * Finds the headers of the next request.
     *
     * @param refused whether the receiver refused the last ones, so that a cached token should be renewed
     * @return values by names, which win over fixed headers of the same name
     */
    Mono<Map<String, String>> headers(boolean refused);
}

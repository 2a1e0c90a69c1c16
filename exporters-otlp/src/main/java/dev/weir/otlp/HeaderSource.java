// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * Gives headers that change while the process runs, for example a token. Called for each request, one call after the other on a
 * daemon thread that lives only meanwhile: it may wait, but no request starts without its headers, so cache what is slow
 * to get. What it throws, or an error of its {@code Mono}, makes the attempt fail and be repeated later. What it
 * logs are records like any other of the application.
 */
@FunctionalInterface
public interface HeaderSource {

    /**
     * The headers of the next request.
     *
     * @param refused whether the receiver refused the last ones, so that a cached token should be renewed
     */
    Mono<Map<String, String>> headers(boolean refused);
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.util.Map;
import reactor.core.publisher.Mono;

/** Gives the configured headers of a request, for example credentials. Must not block. */
@FunctionalInterface
public interface RequestHeaders {

    /** @param refresh whether the receiver refused the last ones */
    Mono<Map<String, String>> get(boolean refresh);

    /** Headers that never change. */
    static RequestHeaders of(Map<String, String> headers) {
        Mono<Map<String, String>> always = Mono.just(Map.copyOf(headers));
        return refresh -> always;
    }
}

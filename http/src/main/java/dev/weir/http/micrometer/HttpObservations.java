// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.micrometer;

import dev.weir.http.HttpTelemetry;
import io.micrometer.observation.ObservationPredicate;
import java.util.Objects;
import java.util.Set;

/**
 * Spring observes what is instrumented here too: each request would have two spans at each side. Register the predicate with the
 * {@code ObservationRegistry}; in Spring Boot it is enough to make it a bean.
 *
 * <pre>{@code
 * registry.observationConfig().observationPredicate(HttpObservations.predicate(http));
 * }</pre>
 *
 * <p>An observation that is refused makes neither a span nor a metric: {@code http.server.request.duration} takes the place of
 * {@code http.server.requests}. What is observed inside of a request keeps its span, below that of the request. Stateless and
 * thread-safe.
 */
public final class HttpObservations {

    private static final Set<String> SPRINGS = Set.of("http.server.requests", "http.client.requests");

    private HttpObservations() {}

    /**
     * Refuses Spring's observations of HTTP servers and clients for as long as {@code http} makes the spans itself; beside the
     * OpenTelemetry javaagent, with spans switched off and after a close they pass.
     */
    public static ObservationPredicate predicate(HttpTelemetry http) {
        Objects.requireNonNull(http, "http");
        return (name, context) -> !SPRINGS.contains(name) || !http.makesSpans();
    }
}

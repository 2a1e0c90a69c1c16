// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.micrometer;

import dev.weir.http.HttpTelemetry;
import io.micrometer.observation.ObservationPredicate;
import java.util.Objects;
import java.util.Set;

/**
 * Spring observes the same requests; without this each side has two spans. Register the predicate with the
 * {@code ObservationRegistry}; in Spring Boot it is enough to make it a bean.
 *
 * <pre>
 * {@code registry.observationConfig().observationPredicate(HttpObservations.predicate(http));
 * }</pre>
 *
 * <p>A refused observation makes neither a span nor a metric: {@code http.server.request.duration} replaces
 * {@code http.server.requests}. Other observations inside a request keep their spans, as children of the request's
 * span. Stateless and thread-safe.
 *
 * @since 0.1
 */
public final class HttpObservations {

    private static final Set<String> SPRINGS = Set.of("http.server.requests", "http.client.requests");

    private HttpObservations() {}

    /**
     * Refuses Spring's observations of HTTP servers and clients as long as {@code http} makes the spans itself. Next to
     * the OpenTelemetry javaagent, with spans switched off and after a close it accepts them.
     *
     * @param http the telemetry of the same servers and clients; asked at each observation
     * @return accepts every observation with another name
     */
    public static ObservationPredicate predicate(HttpTelemetry http) {
        Objects.requireNonNull(http, "http");
        return (name, context) -> !SPRINGS.contains(name) || !http.makesSpans();
    }
}

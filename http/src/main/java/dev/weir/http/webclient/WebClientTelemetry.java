// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.webclient;

import dev.weir.http.HttpTelemetry;
import dev.weir.http.internal.UrlTemplate;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;

/**
 * Telemetry of {@link WebClient}s.
 *
 * <pre>
 * {@code WebClient web = WebClientTelemetry.instrument(WebClient.builder(), http).baseUrl("http://pay").build();
 * }</pre>
 *
 * <p>A send has exactly one span, even if the builder or the client is instrumented several times. Stateless and
 * thread-safe.
 *
 * @since 0.1
 */
public final class WebClientTelemetry {

    private static final String TEMPLATE_ATTRIBUTE = WebClient.class.getName() + ".uriTemplate";

    private WebClientTelemetry() {}

    /**
     * Adds an instrumented client with Reactor Netty's defaults, and {@link #templates}.
     *
     * @param builder its connector is replaced
     * @param http makes the spans of the sends
     * @return {@code builder}
     */
    public static WebClient.Builder instrument(WebClient.Builder builder, HttpTelemetry http) {
        return instrument(builder, http, HttpClient.create());
    }

    /**
     * Adds {@code client}, instrumented, as the connector, and {@link #templates}.
     *
     * @param builder its connector is replaced
     * @param http makes the spans of the sends
     * @param client a client with the application's own options, for example timeouts; may be instrumented already
     * @return {@code builder}
     */
    public static WebClient.Builder instrument(WebClient.Builder builder, HttpTelemetry http, HttpClient client) {
        return builder.clientConnector(new ReactorClientHttpConnector(http.instrument(client)))
                .filter(templates());
    }

    /**
     * Creates a filter that passes the template of the URL to the connector. Makes no span.
     *
     * @return a filter for any number of WebClients
     */
    public static ExchangeFilterFunction templates() {
        return (request, next) -> {
            UrlTemplate template = PathTemplate.of(
                    (String) request.attribute(TEMPLATE_ATTRIBUTE).orElse(null), request.url());
            return next.exchange(request)
                    .contextWrite(reactor -> template == null ? UrlTemplate.without(reactor) : template.in(reactor));
        };
    }
}

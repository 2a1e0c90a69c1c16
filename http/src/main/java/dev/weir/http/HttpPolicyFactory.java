// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import dev.weir.core.Setting;
import dev.weir.core.internal.UrlRedactor;
import dev.weir.core.spi.Choices;
import dev.weir.http.internal.ClientPolicy;
import dev.weir.http.internal.HeaderCaptures;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.Methods;
import dev.weir.http.internal.PathPatterns;
import dev.weir.http.internal.ServerPolicy;
import dev.weir.http.internal.SpanPolicy;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Set;

/** Makes the {@link HttpPolicy} from the values of {@link HttpSettings}. Stateless. */
final class HttpPolicyFactory {

    private static final List<String> NONE = List.of("none");

    private HttpPolicyFactory() {}

    static HttpPolicy policy(Choices.Values values, boolean spans) {
        UrlRedactor redactor = new UrlRedactor(sensitiveParameters(values));
        return new HttpPolicy(
                new SpanPolicy(
                        spans, values.get(HttpSettings.RECORD_EXCEPTIONS), values.get(HttpSettings.WEBSOCKET_SESSIONS)),
                values.get(HttpSettings.BODY_SIZES),
                methods(values),
                redactor,
                server(values, redactor),
                new ClientPolicy(
                        values.get(HttpSettings.URL_TEMPLATE),
                        HeaderCaptures.of(
                                names(values, HttpSettings.CLIENT_REQUEST_HEADERS),
                                names(values, HttpSettings.CLIENT_RESPONSE_HEADERS),
                                redactor)));
    }

    private static ServerPolicy server(Choices.Values values, UrlRedactor redactor) {
        String traceHeader = values.find(HttpSettings.TRACE_HEADER);
        return new ServerPolicy(
                values.get(HttpSettings.TRUST_FORWARDED),
                traceHeader == null ? null : AsciiString.of(traceHeader),
                PathPatterns.of(names(values, HttpSettings.IGNORED_PATHS)),
                HeaderCaptures.of(
                        names(values, HttpSettings.SERVER_REQUEST_HEADERS),
                        names(values, HttpSettings.SERVER_RESPONSE_HEADERS),
                        redactor));
    }

    private static Methods methods(Choices.Values values) {
        List<String> known = names(values, HttpSettings.KNOWN_METHODS);
        return new Methods(known.isEmpty() ? Methods.STANDARD : Set.copyOf(known));
    }

    private static List<String> names(Choices.Values values, Setting<List<String>> setting) {
        List<String> names = values.get(setting);
        return names.equals(NONE) ? List.of() : names;
    }

    private static Set<String> sensitiveParameters(Choices.Values values) {
        List<String> names = values.get(HttpSettings.SENSITIVE_QUERY_PARAMETERS);
        if (values.isSetByBuilder(HttpSettings.SENSITIVE_QUERY_PARAMETERS)) {
            return Set.copyOf(names);
        }
        if (names.isEmpty()) {
            return UrlRedactor.SENSITIVE_PARAMETERS;
        }
        return names.equals(NONE) ? Set.of() : Set.copyOf(names);
    }
}

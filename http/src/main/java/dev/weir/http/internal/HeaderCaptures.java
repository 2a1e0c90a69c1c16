// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.internal.UrlRedactor;
import java.util.Collection;

/**
 * The headers that one side captures. Immutable.
 *
 * @param request those of requests
 * @param response those of responses
 */
public record HeaderCaptures(HeaderCapture request, HeaderCapture response) {

    /** Captures the headers of these names; their values lose the secrets that {@code redactor} finds. */
    public static HeaderCaptures of(Collection<String> request, Collection<String> response, UrlRedactor redactor) {
        return new HeaderCaptures(
                HeaderCapture.of(request, HttpAttributes::requestHeader, redactor),
                HeaderCapture.of(response, HttpAttributes::responseHeader, redactor));
    }
}

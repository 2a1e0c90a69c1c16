// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A redirect. Immutable.
 *
 * @param from the URL of the request
 * @param method the method of the request
 * @param status the status of the response
 * @param location the {@code Location} of the response; null when it has none
 */
record Redirect(
        String from, String method, int status, @Nullable String location) {

    /** As in Reactor Netty: only 303 changes the method. */
    String nextMethod() {
        return status == HttpResponseStatus.SEE_OTHER.code() ? HttpMethod.GET.name() : method;
    }

    String nextUrl() {
        if (location == null) {
            return from;
        }
        try {
            URI to = new URI(location);
            return to.isAbsolute() ? location : new URI(from).resolve(to).toString();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return location;
        }
    }
}

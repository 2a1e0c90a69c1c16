// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Where a response sends its caller.
 *
 * @param from the URL that was answered
 * @param method by which it was asked for
 */
record Redirect(
        String from, String method, int status, @Nullable String location) {

    /** As Reactor Netty does it: only 303 changes the method. */
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

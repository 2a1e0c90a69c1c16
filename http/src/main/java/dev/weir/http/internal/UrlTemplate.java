// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Carries the template of a URL in the Reactor Context, from a WebClient to the connector. Stateless. */
public final class UrlTemplate {

    private static final Object KEY = "weir.url.template";

    private UrlTemplate() {}

    /** The template of the URL that is being called; null when nobody said. */
    public static @Nullable String of(ContextView reactor) {
        Object found = reactor.getOrDefault(KEY, null);
        return found instanceof String template ? template : null;
    }

    /** {@code reactor} with the template of the URL. */
    public static Context with(Context reactor, String template) {
        return reactor.put(KEY, template);
    }
}

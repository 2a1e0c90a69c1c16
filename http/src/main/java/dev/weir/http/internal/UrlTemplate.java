// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The template that a path was made from. The Reactor Context carries it from a WebClient to the connector. Other calls
 * in between find it, too, so it is valid for this path only. Immutable.
 *
 * @param template of the whole path
 * @param path as it is sent
 */
public record UrlTemplate(String template, String path) {

    private static final Object KEY = "weir.url.template";

    /** The template of the URL that is called; null when none was given. */
    public static @Nullable UrlTemplate of(ContextView reactor) {
        return reactor.getOrDefault(KEY, (UrlTemplate) null);
    }

    /** {@code reactor} with this template. */
    public Context in(Context reactor) {
        return reactor.put(KEY, this);
    }

    /** {@code reactor} without the template of a URL. */
    public static Context without(Context reactor) {
        return reactor.hasKey(KEY) ? reactor.delete(KEY) : reactor;
    }

    /** {@link #template} when {@code url} has the path that was made from it; null otherwise. */
    public @Nullable String of(String url) {
        int start = 0;
        if (Authority.hasScheme(url)) {
            start = url.indexOf('/', url.indexOf("://") + 3);
        }
        if (start < 0 || !url.startsWith(path, start)) {
            return null;
        }
        int end = start + path.length();
        return end == url.length() || "?#".indexOf(url.charAt(end)) >= 0 ? template : null;
    }
}

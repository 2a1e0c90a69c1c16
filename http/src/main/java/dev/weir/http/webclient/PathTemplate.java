// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.webclient;

import dev.weir.http.internal.UrlTemplate;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Makes the template of a whole path from the application's template, which a URL builder may have put behind a base
 * path.
 */
final class PathTemplate {

    private PathTemplate() {}

    /**
     * Only a text with a variable is a template: a complete URL looks the same otherwise, and the number of URLs has no
     * bound.
     *
     * @param written with or without scheme, host and query
     * @param url the URL that was made from it
     */
    static @Nullable UrlTemplate of(@Nullable String written, URI url) {
        String path = url.getRawPath();
        if (written == null || written.indexOf('{') < 0 || path == null || !path.startsWith("/")) {
            return null;
        }
        String template = path(written);
        return template == null || template.indexOf('{') < 0
                ? null
                : new UrlTemplate(prefix(template.split("/", -1), path.split("/", -1)) + template, path);
    }

    private static @Nullable String path(String written) {
        int query = written.indexOf('?');
        String path = query < 0 ? written : written.substring(0, query);
        int scheme = path.indexOf("://");
        // Without a scheme, a variable in front stands for it and what follows.
        int host = scheme >= 0 ? scheme + 3 : path.startsWith("{") ? path.indexOf('}') + 1 : 0;
        int slash = path.indexOf('/', host);
        if (host > 0) {
            return slash < 0 ? null : path.substring(slash);
        }
        return path.startsWith("/") ? path : '/' + path;
    }

    /** The part of {@code path} before the one that was made from {@code template}; empty when it cannot be found. */
    private static String prefix(String[] template, String[] path) {
        int before = path.length - template.length;
        if (before <= 0 || !isMadeOf(template, path, before)) {
            return "";
        }
        StringBuilder prefix = new StringBuilder();
        for (int i = 1; i <= before; i++) {
            prefix.append('/').append(path[i]);
        }
        return prefix.toString();
    }

    /**
     * Without a literal segment it is unknown whether the rest is a base path or part of a value, which has no bound.
     */
    private static boolean isMadeOf(String[] template, String[] path, int before) {
        boolean literal = false;
        for (int i = 1; i < template.length; i++) {
            boolean variable = template[i].indexOf('{') >= 0;
            if (!variable && !template[i].equals(path[before + i])) {
                return false;
            }
            literal |= !variable && !template[i].isEmpty();
        }
        return literal;
    }
}

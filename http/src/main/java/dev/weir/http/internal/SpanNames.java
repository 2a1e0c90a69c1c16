// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Span names, each made once: {@code GET /orders/{id}}, or the method alone. Thread-safe.
 *
 * <p>Bounds: {@value #MAX_ROUTES} routes for each method are remembered; further ones are put together each time.
 */
public final class SpanNames {

    /** How many routes are remembered for each method. */
    public static final int MAX_ROUTES = 1024;

    private final Map<String, Map<String, String>> byMethod = new HashMap<>();

    SpanNames(Collection<String> methods) {
        for (String method : methods) {
            byMethod.put(method, new ConcurrentHashMap<>());
        }
        byMethod.put(Methods.OTHER, new ConcurrentHashMap<>());
    }

    /** The name for a method as the conventions spell it, with a template when there is one. */
    public String of(String method, @Nullable String template) {
        if (template == null) {
            return plain(method);
        }
        Map<String, String> names = byMethod.get(method);
        String name = names == null ? null : names.get(template);
        if (name == null) {
            name = plain(method) + ' ' + template;
            if (names != null && names.size() < MAX_ROUTES) {
                names.put(template, name);
            }
        }
        return name;
    }

    private static String plain(String method) {
        return method.equals(Methods.OTHER) ? "HTTP" : method;
    }
}

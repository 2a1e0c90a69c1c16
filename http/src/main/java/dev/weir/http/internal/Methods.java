// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The methods that are reported by name; every other one is {@code _OTHER}. Immutable. */
public final class Methods {

    /** The name of every unknown method. */
    public static final String OTHER = "_OTHER";

    /** RFC 9110, PATCH and QUERY. */
    public static final Set<String> STANDARD =
            Set.of("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE");

    private final Map<String, String> known = new HashMap<>();

    /** @param known case-sensitive names */
    public Methods(Set<String> known) {
        for (String method : known) {
            this.known.put(method, method);
        }
    }

    /** {@code method} itself when it is known, else {@code _OTHER}. */
    public String name(String method) {
        return known.getOrDefault(method, OTHER);
    }

    /** The methods that are reported by name. */
    public Set<String> known() {
        return Set.copyOf(known.keySet());
    }
}

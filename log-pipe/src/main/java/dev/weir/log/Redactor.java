// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import org.jspecify.annotations.Nullable;

/**
 * Looks at every text before it is encoded, to change it or leave it out, also at those in arrays and maps. Called on the thread
 * that logs: must be fast and must not block. What it throws refuses the record, which is counted, whatever comes later.
 */
public interface Redactor {

    /** Nothing is changed. */
    Redactor NONE = new Redactor() {};

    /**
     * @param scope the name of the logger
     * @return what to write instead; null for nothing
     */
    default @Nullable CharSequence body(String scope, CharSequence body) {
        return body;
    }

    /**
     * @param key of the attribute; for a text in a map, its key there
     * @return what to write instead; null to leave it out
     */
    default @Nullable CharSequence attribute(String key, CharSequence value) {
        return value;
    }
}

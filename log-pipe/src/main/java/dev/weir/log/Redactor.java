// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import org.jspecify.annotations.Nullable;

/**
 * Changes or removes texts before they are encoded, also texts in arrays and maps. Called on the thread
 * that logs: must be fast and must not block. When it throws, the record is refused and counted.
 *
 * @since 0.1
 */
public interface Redactor {

    /** Changes nothing. */
    Redactor NONE = new Redactor() {};

    /**
     * Changes or removes the text of a body; the default changes nothing.
     *
     * @param scope the name of the logger
     * @param body never null; may be longer than a record keeps
     * @return what to write instead; null for nothing
     */
    default @Nullable CharSequence body(String scope, CharSequence body) {
        return body;
    }

    /**
     * Changes or removes a text of an attribute; the default changes nothing.
     *
     * @param key of the attribute; for a text in a map, its key there
     * @param value never null; may be longer than a record keeps
     * @return what to write instead; null to leave it out
     */
    default @Nullable CharSequence attribute(String key, CharSequence value) {
        return value;
    }
}

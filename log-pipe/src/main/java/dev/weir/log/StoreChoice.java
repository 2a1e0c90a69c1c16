// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/**
 * The store that a pipe uses and why. Immutable.
 *
 * @param kind never {@link StoreKind#AUTO}
 * @param reason a text for operators: why this one, and how to get another
 * @since 0.1
 */
public record StoreChoice(StoreKind kind, String reason) {

    @Override
    public String toString() {
        return kind.name().toLowerCase(java.util.Locale.ROOT) + " (" + reason + ")";
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * Undoes something that was registered. Closing twice is harmless; never throws.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Registration extends AutoCloseable {

    /** Nothing was registered. */
    Registration NONE = () -> {};

    @Override
    void close();
}

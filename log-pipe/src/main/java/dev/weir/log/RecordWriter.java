// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/**
 * Fills a record from an element of a stream. Must not block.
 *
 * @param <T> the elements
 * @since 0.1
 */
@FunctionalInterface
public interface RecordWriter<T> {

    /** @param record to be filled; the caller offers and closes it */
    void write(T element, PendingRecord record);
}

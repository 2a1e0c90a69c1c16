// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/**
 * Fills a record from an element of a stream. Must not block.
 *
 * @param <T> type of the elements
 * @since 0.1
 */
@FunctionalInterface
public interface RecordWriter<T> {

    /**
     * Fills the record of one element.
     *
     * @param element of the stream; the writer can get it again, with another record, while the ring is full
     * @param record to be filled; the caller offers and closes it
     */
    void write(T element, PendingRecord record);
}

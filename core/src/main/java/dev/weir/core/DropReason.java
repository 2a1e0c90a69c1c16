// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.Locale;

/**
 * Why a record was not delivered. Every loss has exactly one reason.
 *
 * @since 0.1
 */
public enum DropReason {
    /** A bounded queue or ring in memory had no room. */
    QUEUE_FULL,
    /** The rest of the ring is kept for records of higher severity. */
    SEVERITY_RESERVE,
    /** The bytes set aside on disk are used up, or the file system has no room. */
    DISK_FULL,
    /** The record alone is larger than what can be stored or sent. */
    TOO_LARGE,
    /** The record was older than the configured age when its turn came. */
    AGED,
    /** It was offered while its own thread was inside the pipe. */
    REENTRANT,
    /** It was offered before the start or after the close. */
    CLOSED,
    /** Encoding it failed. */
    ENCODING_FAILED,
    /** Stored bytes failed their checksum. */
    CORRUPTED,
    /** The receiver refused it for good: a permanent status or a partial success. */
    REJECTED,
    /** The receiver could not be reached until attempts, age or space ran out. */
    UNDELIVERABLE,
    /** The deadline of the shutdown passed first. */
    SHUTDOWN;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** {@return the name in messages and attributes, for example {@code queue_full}} */
    public String label() {
        return label;
    }
}

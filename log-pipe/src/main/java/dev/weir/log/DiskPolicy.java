// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/**
 * What is dropped when the store is full.
 *
 * @since 0.1
 */
public enum DiskPolicy {
    /** The oldest segment. */
    DROP_OLDEST,
    /** New records: the ring fills, and then records are refused. */
    DROP_NEWEST
}

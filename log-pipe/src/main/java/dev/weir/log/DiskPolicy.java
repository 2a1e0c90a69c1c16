// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/** What gives way when the bytes on disk are used up. */
public enum DiskPolicy {
    /** The oldest segment. */
    DROP_OLDEST,
    /** What is offered next: the ring fills, then records are refused. */
    DROP_NEWEST
}

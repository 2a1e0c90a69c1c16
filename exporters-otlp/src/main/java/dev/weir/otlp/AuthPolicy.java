// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

/** What happens to batches that a receiver refuses for their credentials. */
public enum AuthPolicy {
    /** They wait, within the bounds, and are tried again with fresh headers: wrong credentials can be put right. */
    KEEP,
    /** They are dropped and counted, as the protocol says. */
    DROP
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

/** What happens to batches that a receiver refuses for their credentials. */
enum AuthPolicy {
    /** They wait, within the bounds, and are sent again with fresh headers: wrong credentials can be corrected. */
    KEEP,
    /** They are dropped and counted, as the protocol specifies. */
    DROP
}

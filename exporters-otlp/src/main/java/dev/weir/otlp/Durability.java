// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

/**
 * Where batches wait while they cannot be delivered.
 *
 * @since 0.1
 */
public enum Durability {
    /** In memory; when it is full, new records are refused and counted. */
    MEMORY,
    /** In memory while the receiver answers, else in the {@link dev.weir.core.spi.Spool}. */
    SPILL,
    /** Every batch goes through the {@link dev.weir.core.spi.Spool} before it is sent. */
    ALWAYS
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

/**
 * Where records wait until they are delivered.
 *
 * @since 0.1
 */
public enum StoreKind {
    /**
     * {@link #CHRONICLE} where the JVM is open for it, else {@link #FILE} where the directory can be used, else
     * {@link #MEMORY}.
     */
    AUTO,
    /** A Chronicle Queue. Needs two flags of the JVM. Its records survive the process. */
    CHRONICLE,
    /** Plain files. Its records survive the process. */
    FILE,
    /** The heap. Its records are lost with the process. */
    MEMORY
}

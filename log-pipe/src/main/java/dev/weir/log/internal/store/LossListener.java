// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;

/** Is called with the records that a journal had to drop. */
@FunctionalInterface
public interface LossListener {

    /** @param bySeverity the same records by severity class, trace to fatal; may sum up to less where it is not known */
    void lost(DropReason reason, long records, long[] bySeverity);
}

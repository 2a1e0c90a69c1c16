// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;

/** Is told what a journal had to give up. */
@FunctionalInterface
public interface LossListener {

    /** @param bySeverity the same records by severity class, trace to fatal; may sum up to less where it is not known */
    void lost(DropReason reason, long records, long[] bySeverity);
}

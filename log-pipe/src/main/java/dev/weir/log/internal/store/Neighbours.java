// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;

/** Other journals that the same bound holds for. The disk's thread only. */
public interface Neighbours {

    /** None. */
    Neighbours NONE = new Neighbours() {
        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public boolean dropOldest(DropReason reason) {
            return false;
        }
    };

    /** Their real bytes. */
    long bytes();

    /** Has one of them give up its oldest segment, if one can. */
    boolean dropOldest(DropReason reason);
}

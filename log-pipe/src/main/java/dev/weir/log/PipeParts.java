// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.log.internal.pipe.Leftovers;
import dev.weir.log.internal.pipe.Rings;
import dev.weir.log.internal.spool.SpoolPlace;

/**
 * What a pipe is put together from.
 *
 * @param io the thread of the disk
 * @param leftovers of other instances
 * @param fsyncNanos the interval of the group commit; 0 for none
 */
record PipeParts(
        TelemetryLoop io, Ticker ticker, StoreOpener opener, Rings rings, Leftovers leftovers, long fsyncNanos) {

    SpoolPlace spools() {
        return new SpoolPlace(
                opener::directory,
                opener.wanted() != StoreKind.MEMORY,
                opener.spoolLimits(),
                opener.memorySpoolLimits(),
                rings.run().runId(),
                leftovers);
    }
}

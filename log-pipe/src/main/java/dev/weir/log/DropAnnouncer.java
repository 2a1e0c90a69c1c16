// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.pipe.WallClock;

/**
 * Writes a record into the pipe about the records that were dropped, once there is room for every severity again. The disk's thread.
 */
final class DropAnnouncer {

    private static final int WARN = 13;

    private final RingInput input;
    private final PendingRecords pending;
    private final WallClock clock;
    private final TelemetryLoop io;
    private final Ticker ticker;
    private final ThrottledLog log;

    DropAnnouncer(RingInput input, PendingRecords pending, WallClock clock, TelemetryLoop io, Ticker ticker) {
        this.input = input;
        this.pending = pending;
        this.clock = clock;
        this.io = io;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
    }

    /** To be called each second. */
    void announce() {
        assert io.inLoop();
        if (!input.isRelaxed()) {
            return;
        }
        String message = input.drops().announcement(ticker.nanoTime());
        if (message != null) {
            log.warn(message);
            long now = clock.epochNanos();
            try (PendingRecord record = pending.take().start(now, now, WARN, "WARN", LogPipe.OWN_SCOPE, "")) {
                record.body(message);
                record.offerOwn();
            }
        }
    }
}

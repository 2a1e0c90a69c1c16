// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Ticker;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.pipe.WallClock;
import dev.weir.log.internal.spool.PipeSpool;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the parts of a pipe share: its clock, its spools, and whether records must not wait now. Thread-safe. */
final class PipeState {

    private final WallClock clock;
    private final RingInput input;
    private final List<PipeSpool> spools = new CopyOnWriteArrayList<>();
    private volatile boolean hurried;

    PipeState(Ticker ticker, RingInput input) {
        this.clock = new WallClock(ticker);
        this.input = input;
    }

    WallClock clock() {
        return clock;
    }

    /** Whether records are stored and given out at once, and not when a chunk or a batch is full. */
    boolean isHurried() {
        return hurried;
    }

    /** From now on records do not wait. */
    void hurry() {
        hurried = true;
    }

    /** Records may wait again, unless the pipe is being closed. */
    void relax() {
        hurried = input.isClosed();
    }

    /** The spools that were opened, also those that are closed. */
    List<PipeSpool> spools() {
        return spools;
    }
}

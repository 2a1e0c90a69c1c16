// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.TelemetryLoop;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a pipeline takes one more batch now; a source keeps its records until it does. Owned by the worker.
 *
 * <p>The bounds are {@link PipelineOptions#memoryBytes} of payloads that wait or are in flight, and those of the spool
 * while it is in use.
 */
public final class Admission {

    /** How many batches of a source may wait while as many as allowed are in flight. */
    private static final int BATCHES_AHEAD = 4;

    private final long memoryBytes;
    private final TelemetryLoop worker;
    private final MemoryShortage shortage;
    private final Backlog backlog;
    private final AckWindow window;
    private final Route route;
    private final @Nullable Spill spill;

    Admission(
            long memoryBytes,
            TelemetryLoop worker,
            MemoryShortage shortage,
            Backlog backlog,
            AckWindow window,
            Route route,
            @Nullable Spill spill) {
        this.memoryBytes = memoryBytes;
        this.worker = worker;
        this.shortage = shortage;
        this.backlog = backlog;
        this.window = window;
        this.route = route;
        this.spill = spill;
    }

    /** Whether one more batch may be submitted. */
    public boolean accepts() {
        assert worker.inLoop();
        if (shortage.isShort()) {
            return false;
        }
        Spill spill = this.spill;
        if (spill != null && spill.gateway().isInUse()) {
            return spill.gateway().accepts();
        }
        return hasMemory();
    }

    /**
     * As {@link #accepts}, for a source that is filling up: moves what waits in memory to the spool if there is one.
     */
    public boolean acceptsUnderPressure() {
        if (accepts()) {
            return true;
        }
        Spill spill = this.spill;
        if (spill == null || spill.gateway().isInUse() || shortage.isShort()) {
            return false;
        }
        spill.begin();
        return accepts();
    }

    /**
     * Whether one more batch that its source keeps may be submitted: only a few at a time, because a source may need
     * more memory for a batch than its body is long, and while nothing can be sent the source is the safer place.
     */
    public boolean acceptsFromSource() {
        assert worker.inLoop();
        return hasMemory() && window.unsettled() < route.limit() + BATCHES_AHEAD;
    }

    /** Whether one more payload may wait in memory. */
    boolean hasMemory() {
        return !shortage.isShort() && backlog.memoryBytes() < memoryBytes;
    }
}

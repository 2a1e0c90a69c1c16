// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.TelemetryLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of one pipeline, in the steps that {@link ExportShutdown} asks for. Owned by the worker; {@link #end} may
 * also be called by another thread once the worker has ended.
 */
final class PipelineShutdown {

    private final TelemetryLoop worker;
    private final List<RecordSource> sources;
    private final Route route;
    private final Backlog backlog;
    private final InFlight inFlight;
    private final Settlement settlement;
    private final @Nullable Spill spill;
    private boolean closing;
    private boolean ended;

    PipelineShutdown(
            TelemetryLoop worker,
            List<RecordSource> sources,
            Route route,
            Backlog backlog,
            InFlight inFlight,
            Settlement settlement,
            @Nullable Spill spill) {
        this.worker = worker;
        this.sources = sources;
        this.route = route;
        this.backlog = backlog;
        this.inFlight = inFlight;
        this.settlement = settlement;
        this.spill = spill;
    }

    boolean isClosing() {
        return closing;
    }

    boolean hasEnded() {
        return ended;
    }

    /** Takes no more records and sends without delay what was taken. */
    void begin() {
        assert worker.inLoop();
        closing = true;
        for (RecordSource source : sources) {
            source.close();
        }
        route.press();
    }

    /**
     * Puts what waits into the spool, or gives it back to its source.
     *
     * @return records that went back to a source that keeps them itself
     */
    long storeRest() {
        assert worker.inLoop();
        long returned = 0;
        Spill spill = this.spill;
        List<Batch> rest = new ArrayList<>();
        for (Batch batch; (batch = backlog.poll()) != null; ) {
            SourceBatch source = batch.source;
            if (spill != null && (source == null || source.isPartlySettled())) {
                spill.gateway().begin();
                if (!spill.store(batch)) {
                    break;
                }
            } else if (source == null || source.isInFlight()) {
                rest.add(batch);
            } else {
                returned += giveBack(batch, source);
            }
        }
        backlog.putBack(rest);
        return returned;
    }

    /** Returns a batch to its source, which has not been settled; counts the records as stored there. */
    private long giveBack(Batch batch, SourceBatch source) {
        source.batch.nack();
        backlog.release(batch);
        if (source.isFromSpool() && spill != null) {
            spill.gateway().gaveBack(batch.records);
            return 0;
        }
        return batch.records;
    }

    /** Gives up what is in flight: it waits again. */
    void abort() {
        assert worker.inLoop();
        inFlight.abort(backlog);
    }

    /**
     * Ends at the deadline: what is left is counted as lost.
     *
     * @return records that stay in the spool, or went back to a source that keeps them itself
     */
    long end() {
        long stored = 0;
        closing = true;
        ended = true;
        inFlight.abort(backlog);
        for (Batch batch; (batch = backlog.poll()) != null; ) {
            SourceBatch source = batch.source;
            if (source != null) {
                stored += giveBack(batch, source);
            } else {
                settlement.lost(batch, DropReason.SHUTDOWN);
                backlog.release(batch);
            }
        }
        for (RecordSource source : sources) {
            source.close();
            source.abandon();
        }
        if (spill != null) {
            SpoolGateway gateway = spill.gateway();
            settlement.countLost(DropReason.SHUTDOWN, gateway.abandon(), false);
            stored += gateway.inside();
        }
        return stored;
    }
}

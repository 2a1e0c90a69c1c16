// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves batches of one pipeline to its spool, in order, so that a long outage costs no memory. Owned by the worker; it
 * exists only where there is a spool.
 */
final class Spill {

    private final Signal signal;
    private final TelemetryLoop worker;
    private final SpoolGateway gateway;
    private final Backlog backlog;
    private final BatchFactory factory;
    private final Settlement settlement;
    private final TapDispatcher taps;

    Spill(
            Signal signal,
            SpoolGateway gateway,
            Backlog backlog,
            BatchFactory factory,
            Settlement settlement,
            PipelineServices services) {
        this.signal = signal;
        this.worker = services.worker();
        this.gateway = gateway;
        this.backlog = backlog;
        this.factory = factory;
        this.settlement = settlement;
        this.taps = services.taps();
    }

    SpoolGateway gateway() {
        return gateway;
    }

    /** From now on new batches go to the spool, behind those that wait in memory. Those that a source keeps stay. */
    void begin() {
        assert worker.inLoop();
        gateway.begin();
        List<Batch> keep = new ArrayList<>();
        for (Batch batch; (batch = backlog.poll()) != null; ) {
            if (batch.source != null) {
                keep.add(batch);
            } else if (!store(batch)) {
                break;
            }
        }
        backlog.putBack(keep);
    }

    /** @return false when memory is short: the batch waits again */
    boolean store(Batch batch) {
        assert worker.inLoop();
        backlog.takenOver(batch);
        ByteBuf plain;
        try {
            plain = factory.plain(batch);
        } catch (OutOfMemoryError e) {
            backlog.add(batch);
            return false;
        }
        gateway.store(plain, batch.records);
        settlement.movedToSpool(batch);
        return true;
    }

    /**
     * Stores a body that was never a batch.
     *
     * @return false when memory is short: the body was not taken
     */
    boolean store(List<ByteBuffer> body, int length, int records) {
        assert worker.inLoop();
        ByteBuf copy;
        try {
            copy = factory.copy(body, length);
        } catch (OutOfMemoryError e) {
            return false;
        }
        taps.pass(signal, records, body, length);
        if (copy == null) {
            settlement.countLost(DropReason.ENCODING_FAILED, records, true);
            return true;
        }
        gateway.store(copy, records);
        settlement.movedToSpool(records);
        return true;
    }
}

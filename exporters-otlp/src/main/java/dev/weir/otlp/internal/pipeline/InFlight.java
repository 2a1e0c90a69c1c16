// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.otlp.internal.transport.SendResult;
import java.util.HashSet;
import java.util.Set;

/**
 * The requests of one pipeline that are under way, and how many there were. Owned by the worker. Bounded by
 * {@link Route#limit}.
 */
final class InFlight {

    private final Set<Attempt> attempts = new HashSet<>();
    private final PipelineStats stats;

    InFlight(PipelineStats stats) {
        this.stats = stats;
    }

    void started(Attempt attempt) {
        attempts.add(attempt);
        stats.inFlight(attempts.size());
        Batch batch = attempt.batch;
        stats.sent(batch.attempts > 1, batch.payloadBytes(), batch.bodyBytes);
        SourceBatch source = batch.source;
        if (source != null) {
            source.started();
        }
    }

    void ended(Attempt attempt, SendResult result) {
        close(attempt);
        attempts.remove(attempt);
        stats.inFlight(attempts.size());
        stats.answered(result);
    }

    private static void close(Attempt attempt) {
        attempt.done = true;
        attempt.timer.close();
        SourceBatch source = attempt.batch.source;
        if (source != null) {
            source.ended();
        }
    }

    /** Gives up all of them: their batches wait again. */
    void abort(Backlog backlog) {
        for (Attempt attempt : attempts) {
            close(attempt);
            attempt.exchange.dispose();
            backlog.putBack(attempt.batch);
        }
        attempts.clear();
        stats.inFlight(0);
    }
}

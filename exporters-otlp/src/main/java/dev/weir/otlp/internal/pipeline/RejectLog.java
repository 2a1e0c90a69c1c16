// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Signal;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.transport.SendResult;

/** Records what the receiver of one pipeline rejects: a dead letter and a log line each. Owned by the worker. */
final class RejectLog {

    private final Signal signal;
    private final Route route;
    private final DeadLetters deadLetters;
    private final ThrottledLog log;

    RejectLog(Route route, PipelineServices services) {
        this.signal = route.signal();
        this.route = route;
        this.deadLetters = services.deadLetters();
        this.log = ThrottledLog.of("weir.otlp", services.ticker()::nanoTime);
    }

    /** The receiver accepted the batch, but perhaps not all of its records. */
    void accepted(Batch batch, long rejected, SendResult result) {
        if (rejected > 0) {
            deadLetters.add(signal, rejected, batch.bodyBytes, result);
        }
        if (!result.message().isEmpty()) {
            log.warn(signal.label() + ": " + route.url() + " accepted a batch but rejected " + rejected + " of its "
                    + batch.records + " records: " + result.message());
        }
    }

    /** The receiver will never accept the batch. */
    void rejected(Batch batch, SendResult result) {
        deadLetters.add(signal, batch.records, batch.bodyBytes, result);
        log.warn(signal.label() + ": " + route.url() + " rejected a batch, its " + batch.records + " records are lost: "
                + result.message() + route.hint());
    }

    /** The batch is too large and cannot be cut. */
    void tooLarge(Batch batch, SendResult result) {
        deadLetters.add(signal, batch.records, batch.bodyBytes, result);
        log.warn(signal.label() + ": a batch that cannot be cut any further is too large for " + route.url()
                + " and is lost: " + result.message());
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.otlp.internal.transport.SendResult;

/**
 * Makes the attempts to send the batches of one pipeline: starts them, ends them at the timeout, and reports their
 * results to the {@link ResultHandler} and the {@link Route}. Owned by the worker; results of transports may come on
 * any thread.
 */
final class Sender {

    private final PipelineOptions options;
    private final TelemetryLoop worker;
    private final Ticker ticker;
    private final Route route;
    private final InFlight inFlight;
    private final ResultHandler handler;
    private final MemoryShortage shortage;
    private final Runnable whenFinished;

    Sender(
            PipelineOptions options,
            Route route,
            InFlight inFlight,
            ResultHandler handler,
            MemoryShortage shortage,
            PipelineServices services,
            Runnable whenFinished) {
        this.options = options;
        this.worker = services.worker();
        this.ticker = services.ticker();
        this.route = route;
        this.inFlight = inFlight;
        this.handler = handler;
        this.shortage = shortage;
        this.whenFinished = whenFinished;
    }

    /** Sends a batch to the endpoint for which the destination gave the right. */
    void send(Batch batch, int endpoint) {
        assert worker.inLoop();
        Attempt attempt = new Attempt(batch, endpoint, ticker.nanoTime());
        if (batch.attempts++ == 0) {
            batch.firstAttemptNanos = attempt.startNanos;
        }
        inFlight.started(attempt);
        long timeout = options.timeout().toNanos();
        if (timeout != 0) {
            attempt.timer = worker.schedule(options.timeout(), () -> timedOut(attempt));
        }
        try {
            attempt.exchange = route.transport(endpoint)
                    .send(
                            batch.payload.retainedDuplicate(),
                            batch.compressed,
                            batch.receipt.sequence,
                            timeout,
                            result -> worker.execute(() -> finished(attempt, result)));
        } catch (OutOfMemoryError e) {
            shortage.began(e);
            finished(attempt, SendResult.unreachable("there is no memory to send with"));
        }
    }

    private void timedOut(Attempt attempt) {
        if (!attempt.done) {
            attempt.exchange.dispose();
            route.timedOut(attempt.endpoint);
            finished(attempt, SendResult.noAnswerWithin(options.timeout()));
        }
    }

    private void finished(Attempt attempt, SendResult result) {
        assert worker.inLoop();
        if (attempt.done) {
            return;
        }
        inFlight.ended(attempt, result);
        Batch batch = attempt.batch;
        long roundTrip = ticker.nanoTime() - attempt.startNanos;
        int bytes = batch.payloadBytes();
        handler.settle(batch, result);
        route.finished(attempt.endpoint, result, roundTrip, bytes);
        whenFinished.run();
    }
}

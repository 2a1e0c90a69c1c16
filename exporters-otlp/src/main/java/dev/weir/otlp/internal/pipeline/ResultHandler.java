// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.transport.SendResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what happens to a batch of one pipeline: it waits, is cut, is sent again, or is settled. Owned by the worker.
 */
final class ResultHandler {

    private final Signal signal;
    private final PipelineOptions options;
    private final Destination destination;
    private final Destination.Route route;
    private final Backlog backlog;
    private final AckWindow window;
    private final BatchFactory factory;
    private final Settlement settlement;
    private final MemoryShortage shortage;
    private final PipelineShutdown shutdown;
    private final DeadLetters deadLetters;
    private final List<OperationListener> operations;
    private final Ticker ticker;
    private final ThrottledLog rejectLog;

    ResultHandler(
            PipelineOptions options,
            Destination destination,
            Destination.Route route,
            Backlog backlog,
            AckWindow window,
            BatchFactory factory,
            Settlement settlement,
            MemoryShortage shortage,
            PipelineShutdown shutdown,
            PipelineServices services,
            List<OperationListener> operations) {
        this.signal = route.signal();
        this.options = options;
        this.destination = destination;
        this.route = route;
        this.backlog = backlog;
        this.window = window;
        this.factory = factory;
        this.settlement = settlement;
        this.shortage = shortage;
        this.shutdown = shutdown;
        this.deadLetters = services.deadLetters();
        this.operations = operations;
        this.ticker = services.ticker();
        this.rejectLog = ThrottledLog.of("weir.otlp", ticker::nanoTime);
    }

    /** Queues a new batch. A body that no receiver takes is cut before that. */
    void queue(Batch batch) {
        int longest = Math.min(options.maxRequestBytes(), destination.sizes().bytes());
        if (batch.bodyBytes <= longest) {
            backlog.add(batch);
            return;
        }
        backlog.hold(batch);
        Batch[] halves = split(batch, tooLong(batch, longest));
        if (halves != null) {
            queue(halves[0]);
            queue(halves[1]);
        }
    }

    private static SendResult tooLong(Batch batch, int longest) {
        return new SendResult(
                SendResult.Outcome.TOO_LARGE,
                -1,
                SendResult.NO_DELAY,
                0,
                batch.bodyBytes + " bytes, at most " + longest + " are sent");
    }

    /** Does with a batch what the result of an attempt asks for. */
    void settle(Batch batch, SendResult result) {
        switch (result.outcome()) {
            case DELIVERED -> delivered(batch, result);
            case RETRY, THROTTLE, UNREACHABLE -> again(batch, result);
            case TOO_LARGE -> {
                destination.sizes().refused(batch.bodyBytes);
                Batch[] halves = split(batch, result);
                if (halves != null) {
                    backlog.add(halves[0]);
                    backlog.add(halves[1]);
                }
            }
            case UNAUTHORIZED -> {
                if (options.keepUnauthorized()) {
                    again(batch, result);
                } else {
                    rejected(batch, result);
                }
            }
            case REJECTED -> rejected(batch, result);
        }
    }

    private void delivered(Batch batch, SendResult result) {
        long rejected = Math.min(batch.records, result.rejected());
        if (rejected > 0) {
            deadLetters.add(signal, rejected, batch.bodyBytes, result);
        }
        if (!result.message().isEmpty()) {
            rejectLog.warn(signal.label() + ": " + options.url() + " accepted a batch but rejected " + rejected
                    + " of its " + batch.records + " records: " + result.message());
        }
        destination.sizes().taken(batch.bodyBytes);
        settlement.delivered(batch, rejected);
        finish(batch, result);
    }

    private void again(Batch batch, SendResult result) {
        if (ticker.nanoTime() - batch.createdNanos > options.maxAge().toNanos()) {
            settlement.lost(batch, DropReason.AGED);
            finish(batch, result);
            return;
        }
        if (!shutdown.isClosing()) {
            destination.warn(route, result);
        }
        backlog.putBack(batch);
    }

    private void rejected(Batch batch, SendResult result) {
        deadLetters.add(signal, batch.records, batch.bodyBytes, result);
        rejectLog.warn(signal.label() + ": " + options.url() + " rejected a batch, its " + batch.records
                + " records are lost: " + result.message() + destination.hint());
        settlement.lost(batch, DropReason.REJECTED);
        finish(batch, result);
    }

    /** Nothing more is done with this batch. */
    private void finish(Batch batch, SendResult result) {
        backlog.release(batch);
        if (batch.attempts > 0) {
            long nanos = ticker.nanoTime() - batch.firstAttemptNanos;
            for (OperationListener listener : operations) {
                listener.ended(result, nanos);
            }
        }
    }

    /**
     * Cuts a batch that is too large in two; a single record that is too large is lost.
     *
     * @return the halves; null when the batch was lost, or waits again because memory is short, or its source has it
     *     again
     */
    private Batch @Nullable [] split(Batch batch, SendResult result) {
        Batch[] halves;
        try {
            halves = factory.halves(batch);
        } catch (OutOfMemoryError e) {
            shortage.began(e);
            if (batch.source != null && batch.source.isReturned()) {
                window.settle(batch.receipt);
                backlog.release(batch);
            } else {
                backlog.putBack(batch);
            }
            return null;
        }
        if (halves == null) {
            deadLetters.add(signal, batch.records, batch.bodyBytes, result);
            rejectLog.warn(signal.label() + ": a batch that cannot be cut any further is too large for " + options.url()
                    + " and is lost: " + result.message());
            settlement.lost(batch, DropReason.TOO_LARGE);
        }
        finish(batch, result);
        return halves;
    }
}

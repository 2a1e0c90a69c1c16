// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.DropReason;
import dev.weir.core.Ticker;
import dev.weir.otlp.internal.transport.SendResult;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Decides what happens to a batch of one pipeline: it waits, is cut, is sent again, or is settled. Owned by the worker.
 */
final class ResultHandler {

    private final PipelineOptions options;
    private final Route route;
    private final Backlog backlog;
    private final BatchFactory factory;
    private final Settlement settlement;
    private final PipelineShutdown shutdown;
    private final Ticker ticker;
    private final RejectLog rejects;
    private final List<OperationListener> operations = new CopyOnWriteArrayList<>();

    ResultHandler(
            PipelineOptions options,
            Route route,
            Backlog backlog,
            BatchFactory factory,
            Settlement settlement,
            PipelineShutdown shutdown,
            PipelineServices services) {
        this.options = options;
        this.route = route;
        this.backlog = backlog;
        this.factory = factory;
        this.settlement = settlement;
        this.shutdown = shutdown;
        this.ticker = services.ticker();
        this.rejects = new RejectLog(route, services);
    }

    /** Adds a listener; any thread. */
    void add(OperationListener listener) {
        operations.add(listener);
    }

    /** Removes a listener; any thread. */
    void remove(OperationListener listener) {
        operations.remove(listener);
    }

    /** Queues a new batch. A body that no receiver takes is cut before that. */
    void queue(Batch batch) {
        int longest = Math.min(options.maxRequestBytes(), route.sizes().bytes());
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
                route.sizes().refused(batch.bodyBytes);
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
        rejects.accepted(batch, rejected, result);
        route.sizes().taken(batch.bodyBytes);
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
            route.warn(result);
        }
        backlog.putBack(batch);
    }

    private void rejected(Batch batch, SendResult result) {
        rejects.rejected(batch, result);
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
            if (batch.source != null && batch.source.isReturned()) {
                settlement.returned(batch);
                backlog.release(batch);
            } else {
                backlog.putBack(batch);
            }
            return null;
        }
        if (halves == null) {
            rejects.tooLarge(batch, result);
            settlement.lost(batch, DropReason.TOO_LARGE);
        }
        finish(batch, result);
        return halves;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.intake;

import dev.weir.core.DropReason;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.GuestCalls;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.encode.EncodedRequest;
import dev.weir.otlp.internal.pipeline.RecordSource;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.DefaultAggregationSelector;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects metrics once per interval. While the destination is down and there is no room, it does not collect at all:
 * the next collection contains the sums of the missed ones, and nothing is lost.
 *
 * <p>A collection runs callbacks of the application, which may wait, so it has a thread of its own
 * ({@link GuestCalls}); there is never more than one. A flush does not wait for one that is late. A close waits for the
 * last one until its deadline, but not when the one before is late already.
 */
public final class MetricIntake implements MetricReader, RecordSource {

    private final SignalPipeline pipeline;
    private final Function<Collection<MetricData>, EncodedRequest> encoder;
    private final AggregationTemporalitySelector temporality;
    private final DefaultAggregationSelector aggregation;
    private final TelemetryLoop worker;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final GuestCalls guests;
    private final long intervalNanos;
    private final Supplier<CompletableResultCode> flush;
    private final Supplier<CompletableResultCode> shutdown;

    private volatile @Nullable CollectionRegistration registration;
    private volatile boolean closed;

    /** The result of a collection, until the worker takes it. */
    private volatile @Nullable List<Chunk> collected;

    /** Whether a collection has begun and its result was not taken yet. */
    private boolean collecting;

    /** Collected and not yet in the pipeline; for longer than a moment only when memory is short. */
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();

    private long nextNanos;
    private long collections;
    private boolean lastDone;

    public MetricIntake(
            SignalPipeline pipeline,
            Function<Collection<MetricData>, EncodedRequest> encoder,
            AggregationTemporalitySelector temporality,
            DefaultAggregationSelector aggregation,
            Duration interval,
            TelemetryLoop worker,
            Ticker ticker,
            Supplier<CompletableResultCode> flush,
            Supplier<CompletableResultCode> shutdown) {
        this.pipeline = pipeline;
        this.encoder = encoder;
        this.temporality = temporality;
        this.aggregation = aggregation;
        this.worker = worker;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.guests = new GuestCalls(
                "a callback of a metric",
                "metrics wait for it, traces and logs go on",
                1,
                "weir.otlp",
                ticker::nanoTime,
                (task, delay) -> worker.schedule(delay, task));
        this.intervalNanos = interval.toNanos();
        this.nextNanos = ticker.nanoTime() + intervalNanos;
        this.flush = flush;
        this.shutdown = shutdown;
        pipeline.add(this);
    }

    @Override
    public void register(CollectionRegistration registration) {
        this.registration = registration;
        worker.wake();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
        return temporality.getAggregationTemporality(instrumentType);
    }

    @Override
    public Aggregation getDefaultAggregation(InstrumentType instrumentType) {
        return aggregation.getDefaultAggregation(instrumentType);
    }

    @Override
    public CompletableResultCode forceFlush() {
        return flush.get();
    }

    /** One last collection, then none. */
    @Override
    public CompletableResultCode shutdown() {
        closed = true;
        return shutdown.get();
    }

    @Override
    public int fill(boolean forced) {
        assert worker.inLoop();
        CollectionRegistration registration = this.registration;
        List<Chunk> ready = collected;
        if (ready != null) {
            collected = null;
            collecting = false;
            chunks.addAll(ready);
            if (ready.isEmpty()) {
                return 0;
            }
        }
        if (!chunks.isEmpty()) {
            return closed || pipeline.admission().accepts() ? send() : 0;
        }
        if (registration == null || lastDone || collecting) {
            return 0;
        }
        boolean last = closed;
        long now = ticker.nanoTime();
        if (!last && (!pipeline.admission().accepts() || (!forced && now - nextNanos < 0))) {
            return 0;
        }
        collecting = guests.offer(() -> collect(registration));
        if (collecting) {
            lastDone = last;
            nextNanos = now + intervalNanos;
            collections++;
        }
        return 0;
    }

    /** Until the next collection; the thread that collects wakes the worker. */
    @Override
    public long restNanos(long idleNanos) {
        assert worker.inLoop();
        if (!chunks.isEmpty() || collected != null || closed) {
            return idleNanos;
        }
        if (registration == null || collecting) {
            return Long.MAX_VALUE;
        }
        long left = nextNanos - ticker.nanoTime();
        return left > 0 ? left : idleNanos;
    }

    /** Runs on the thread for guests. */
    private void collect(CollectionRegistration registration) {
        List<Chunk> ready = List.of();
        try {
            ready = cut(registration.collectAllMetrics());
        } catch (Throwable failure) {
            log.warn("metrics could not be collected this time", failure);
        } finally {
            collected = ready;
            worker.wake();
        }
    }

    /** Divides metrics into requests. */
    private List<Chunk> cut(Collection<MetricData> metrics) {
        int most = pipeline.options().batchRecords();
        List<Chunk> cut = new ArrayList<>();
        Chunk chunk = new Chunk();
        for (MetricData metric : metrics) {
            int more = metric.getData().getPoints().size();
            if (chunk.points > 0 && chunk.points + more > most) {
                cut.add(chunk);
                chunk = new Chunk();
            }
            chunk.metrics.add(metric);
            chunk.points += more;
        }
        if (!chunk.metrics.isEmpty()) {
            cut.add(chunk);
        }
        return cut;
    }

    /** Gives the collected metrics to the pipeline; those for which there is no memory stay. */
    private int send() {
        int sent = 0;
        for (Chunk chunk; (chunk = chunks.poll()) != null; sent += chunk.metrics.size()) {
            if (!encode(chunk)) {
                chunks.addFirst(chunk);
                return sent;
            }
        }
        return sent;
    }

    /** @return false when there was no memory */
    private boolean encode(Chunk chunk) {
        EncodedRequest request;
        try {
            request = encoder.apply(chunk.metrics);
        } catch (OutOfMemoryError e) {
            pipeline.shortOfMemory(e);
            return false;
        }
        if (!chunk.counted) {
            chunk.counted = true;
            if (request.skipped() > 0) {
                log.warn(request.skipped() + " metrics could not be encoded and are dropped", request.failure());
                pipeline.account().refused(DropReason.ENCODING_FAILED, request.skipped());
            }
            pipeline.account().accepted(request.records());
            pipeline.hold(request.records());
            chunk.held = request.records();
        }
        return request.records() == 0
                || pipeline.submit(List.of(request.body()), request.body().remaining(), request.records(), null);
    }

    /** Metrics of one request. */
    private static final class Chunk {

        final List<MetricData> metrics = new ArrayList<>();
        int points;
        /** Whether it is in the account, and with how many records. */
        boolean counted;

        int held;
    }

    @Override
    public long mark() {
        return collections + 1;
    }

    @Override
    public boolean passed(long mark) {
        if (collecting) {
            return chunks.isEmpty() && !lastDone && guests.isLate();
        }
        return chunks.isEmpty() && (collections >= mark || registration == null || lastDone);
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public long abandon() {
        if (collecting) {
            log.warn("the last metrics are lost, because a callback of a metric has not returned" + guests.where());
        }
        lastDone = true;
        guests.close();
        long records = 0;
        for (Chunk chunk; (chunk = chunks.poll()) != null; ) {
            records += chunk.held;
        }
        pipeline.account().dropped(DropReason.SHUTDOWN, records);
        pipeline.hold(-records);
        return records;
    }

    @Override
    public String toString() {
        return "OtlpMetricReader{interval=" + Duration.ofNanos(intervalNanos) + '}';
    }
}

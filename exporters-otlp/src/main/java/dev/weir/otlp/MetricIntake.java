// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import dev.weir.otlp.internal.encode.EncodedRequest;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The reader of metrics: collects once per interval on the worker. While the destination is away and there is no room, it
 * does not collect at all, so that the next collection carries the sums of the missed ones and nothing is lost.
 */
final class MetricIntake implements MetricReader, Intake {

    private final Lane lane;
    private final Function<Collection<MetricData>, EncodedRequest> encoder;
    private final AggregationTemporalitySelector temporality;
    private final DefaultAggregationSelector aggregation;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final long intervalNanos;
    private final Supplier<CompletableResultCode> flush;
    private final Supplier<CompletableResultCode> shutdown;

    private volatile @Nullable CollectionRegistration registration;
    private volatile boolean closed;

    private long nextNanos;
    private long collections;
    private boolean lastDone;

    MetricIntake(
            Lane lane,
            Function<Collection<MetricData>, EncodedRequest> encoder,
            AggregationTemporalitySelector temporality,
            DefaultAggregationSelector aggregation,
            Duration interval,
            Ticker ticker,
            Supplier<CompletableResultCode> flush,
            Supplier<CompletableResultCode> shutdown) {
        this.lane = lane;
        this.encoder = encoder;
        this.temporality = temporality;
        this.aggregation = aggregation;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker);
        this.intervalNanos = interval.toNanos();
        this.nextNanos = ticker.nanoTime() + intervalNanos;
        this.flush = flush;
        this.shutdown = shutdown;
        lane.add(this);
    }

    @Override
    public void register(CollectionRegistration registration) {
        this.registration = registration;
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
        CollectionRegistration registration = this.registration;
        if (registration == null || lastDone) {
            return 0;
        }
        long now = ticker.nanoTime();
        if (closed) {
            lastDone = true;
        } else if (!lane.accepts() || (!forced && now - nextNanos < 0)) {
            return 0;
        }
        nextNanos = now + intervalNanos;
        collections++;
        return collect(registration);
    }

    private int collect(CollectionRegistration registration) {
        Collection<MetricData> metrics;
        try {
            metrics = registration.collectAllMetrics();
        } catch (RuntimeException e) {
            log.warn("metrics could not be collected this time", e);
            return 0;
        }
        int most = lane.options().batchRecords();
        List<MetricData> chunk = new ArrayList<>();
        int points = 0;
        for (MetricData metric : metrics) {
            int more = metric.getData().getPoints().size();
            if (points > 0 && points + more > most) {
                encode(chunk);
                chunk = new ArrayList<>();
                points = 0;
            }
            chunk.add(metric);
            points += more;
        }
        if (!chunk.isEmpty()) {
            encode(chunk);
        }
        return metrics.size();
    }

    private void encode(Collection<MetricData> metrics) {
        EncodedRequest request = encoder.apply(metrics);
        if (request.skipped() > 0) {
            log.warn(request.skipped() + " metrics could not be encoded and are dropped", request.failure());
            lane.account().refused(DropReason.ENCODING_FAILED, request.skipped());
        }
        if (request.records() > 0) {
            lane.account().accepted(request.records());
            lane.hold(request.records());
            lane.submit(List.of(request.body()), request.body().remaining(), request.records(), null);
        }
    }

    @Override
    public long mark() {
        return collections + 1;
    }

    @Override
    public boolean passed(long mark) {
        return collections >= mark || registration == null || lastDone;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public long abandon() {
        lastDone = true;
        return 0;
    }

    @Override
    public String toString() {
        return "OtlpMetricReader{interval=" + Duration.ofNanos(intervalNanos) + '}';
    }
}

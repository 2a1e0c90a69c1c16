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
import java.util.ArrayDeque;
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

    /** Collected and not yet in the lane; longer than a moment only when memory ran short. */
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();

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
        if (!chunks.isEmpty()) {
            return closed || lane.accepts() ? send() : 0;
        }
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
        collect(registration);
        return send();
    }

    private void collect(CollectionRegistration registration) {
        try {
            Collection<MetricData> metrics = registration.collectAllMetrics();
            int most = lane.options().batchRecords();
            Chunk chunk = new Chunk();
            for (MetricData metric : metrics) {
                int more = metric.getData().getPoints().size();
                if (chunk.points > 0 && chunk.points + more > most) {
                    chunks.add(chunk);
                    chunk = new Chunk();
                }
                chunk.metrics.add(metric);
                chunk.points += more;
            }
            if (!chunk.metrics.isEmpty()) {
                chunks.add(chunk);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            log.warn("metrics could not be collected this time", e);
        }
    }

    /** Gives what was collected to the lane; what there is no memory for stays. */
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
            lane.shortOfMemory(e);
            return false;
        }
        if (!chunk.counted) {
            chunk.counted = true;
            if (request.skipped() > 0) {
                log.warn(request.skipped() + " metrics could not be encoded and are dropped", request.failure());
                lane.account().refused(DropReason.ENCODING_FAILED, request.skipped());
            }
            lane.account().accepted(request.records());
            lane.hold(request.records());
            chunk.held = request.records();
        }
        return request.records() == 0
                || lane.submit(List.of(request.body()), request.body().remaining(), request.records(), null);
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
        return chunks.isEmpty() && (collections >= mark || registration == null || lastDone);
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public long abandon() {
        lastDone = true;
        long records = 0;
        for (Chunk chunk; (chunk = chunks.poll()) != null; ) {
            records += chunk.held;
        }
        lane.account().dropped(DropReason.SHUTDOWN, records);
        lane.hold(-records);
        return records;
    }

    @Override
    public String toString() {
        return "OtlpMetricReader{interval=" + Duration.ofNanos(intervalNanos) + '}';
    }
}

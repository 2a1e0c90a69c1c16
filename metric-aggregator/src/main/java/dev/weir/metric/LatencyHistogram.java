// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Ticker;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A latency metric with labels. Each combination of label values is a series; {@link #bind} gives it for repeated use, the
 * {@code record} methods look it up without making a key.
 *
 * <p>Thread-safe. A lookup takes no lock and allocates nothing once the series exists. Bounds: a fixed number of series;
 * records of further label values, and of values longer than 1,024 characters, are counted in one overflow series that
 * has the single attribute {@code otel.metric.overflow=true}, so totals stay exact. Series are never removed.
 */
public final class LatencyHistogram {

    /** The attribute of the overflow series, as OpenTelemetry names it. */
    public static final AttributeKey<Boolean> OVERFLOW = AttributeKey.booleanKey("otel.metric.overflow");

    private static final Attributes OVERFLOW_ATTRIBUTES = Attributes.of(OVERFLOW, true);
    private static final LabelValues NO_LABELS = new LabelValues(null, null, null, null, null, 0, 0);

    private final LatencyMetrics metrics;
    private final String name;
    private final String description;
    private final List<AttributeKey<String>> texts;
    private final List<AttributeKey<Long>> numbers;
    private final double[] bounds;
    private final SeriesTable table;
    private final Object lock = new Object();
    private final Scratch scratch;

    LatencyHistogram(
            LatencyMetrics metrics,
            String name,
            String description,
            List<AttributeKey<String>> texts,
            List<AttributeKey<Long>> numbers,
            double[] bounds,
            int maxSeries) {
        this.metrics = metrics;
        this.name = name;
        this.description = description;
        this.texts = List.copyOf(texts);
        this.numbers = List.copyOf(numbers);
        this.bounds = bounds;
        this.scratch = new Scratch(1 + BoundLatency.OWNED_CELLS);
        this.table = new SeriesTable(
                maxSeries - 1,
                labels -> new BoundLatency(this, labels, toAttributes(labels), ticker().epochNanos()),
                new BoundLatency(this, NO_LABELS, OVERFLOW_ATTRIBUTES, ticker().epochNanos()));
    }

    /** The metric's name, for example {@code http.server.request.duration}. */
    public String name() {
        return name;
    }

    public String description() {
        return description;
    }

    /**
     * The series of these label values, in the order in which the labels were named; null leaves a label out.
     *
     * @throws IllegalArgumentException when there are more values than labels
     */
    public BoundLatency bind(@Nullable String... values) {
        if (values.length > texts.size()) {
            throw new IllegalArgumentException(
                    name + " has " + texts.size() + " labels, got " + values.length + " values");
        }
        return table.get(at(values, 0), at(values, 1), at(values, 2), at(values, 3), at(values, 4), 0, 0);
    }

    private static @Nullable String at(@Nullable String[] values, int index) {
        return index < values.length ? values[index] : null;
    }

    /** Counts one duration in the series without label values. */
    public void record(long nanos) {
        table.get(null, null, null, null, null, 0, 0).record(nanos);
    }

    /** Counts one duration in the series with this value of the first label. */
    public void record(long nanos, @Nullable String a) {
        table.get(a, null, null, null, null, 0, 0).record(nanos);
    }

    /** As {@link #record(long, String)} with two labels. */
    public void record(long nanos, @Nullable String a, @Nullable String b) {
        table.get(a, b, null, null, null, 0, 0).record(nanos);
    }

    /** As {@link #record(long, String)} with three labels. */
    public void record(long nanos, @Nullable String a, @Nullable String b, @Nullable String c) {
        table.get(a, b, c, null, null, 0, 0).record(nanos);
    }

    /** As {@link #record(long, String)} with four labels. */
    public void record(long nanos, @Nullable String a, @Nullable String b, @Nullable String c, @Nullable String d) {
        table.get(a, b, c, d, null, 0, 0).record(nanos);
    }

    /** As {@link #record(long, String)} with five labels. */
    public void record(
            long nanos,
            @Nullable String a,
            @Nullable String b,
            @Nullable String c,
            @Nullable String d,
            @Nullable String e) {
        table.get(a, b, c, d, e, 0, 0).record(nanos);
    }

    BoundLatency series(
            @Nullable String a,
            @Nullable String b,
            @Nullable String c,
            @Nullable String d,
            @Nullable String e,
            int x,
            int y) {
        return table.get(a, b, c, d, e, x, y);
    }

    /** Every series that has a record, in the order in which they appeared, the overflow series last. */
    public List<BoundLatency> series() {
        List<BoundLatency> all = everything();
        WindowSnapshot total = newSnapshot();
        all.removeIf(each -> {
            each.totalInto(total);
            return total.count() == 0;
        });
        return all;
    }

    /** What the window shows of each series that has a record in it, by descending count. */
    public List<SeriesSummary> summaries() {
        WindowSnapshot snapshot = newSnapshot();
        List<SeriesSummary> summaries = new ArrayList<>();
        for (BoundLatency each : everything()) {
            each.snapshotInto(snapshot);
            if (snapshot.count() > 0) {
                summaries.add(SeriesSummary.of(name, each, snapshot));
            }
        }
        summaries.sort(Comparator.comparingLong(SeriesSummary::count).reversed());
        return summaries;
    }

    /** The window over all series whose attributes {@code match}; the overflow series is asked too. */
    public WindowSnapshot snapshot(Predicate<Attributes> match) {
        return snapshotInto(newSnapshot(), match);
    }

    /**
     * As {@link #snapshot(Predicate)}, replacing the content of {@code target}.
     *
     * @return {@code target}
     * @throws IllegalArgumentException when the target is of another range or precision
     */
    public WindowSnapshot snapshotInto(WindowSnapshot target, Predicate<Attributes> match) {
        requireOwn(target);
        begin(target);
        for (BoundLatency each : everything()) {
            if (match.test(each.attributes())) {
                each.addTo(target);
            }
        }
        return target;
    }

    /**
     * The window by the values of one label, over all others; series without that label are under the empty text. Values
     * without a record in the window are left out.
     */
    public SortedMap<String, WindowSnapshot> snapshotBy(AttributeKey<String> label) {
        SortedMap<String, WindowSnapshot> byValue = new TreeMap<>();
        for (BoundLatency each : everything()) {
            String value = each.attributes().get(label);
            each.addTo(byValue.computeIfAbsent(value == null ? "" : value, v -> begin(newSnapshot())));
        }
        byValue.values().removeIf(snapshot -> snapshot.count() == 0);
        return byValue;
    }

    /** Records counted in the overflow series since the start. */
    public long overflowRecords() {
        WindowSnapshot total = newSnapshot();
        table.overflow().totalInto(total);
        return total.count();
    }

    /** How many series there are, without the overflow series. */
    public int seriesCount() {
        return table.size();
    }

    boolean isFull() {
        return table.isFull();
    }

    List<BoundLatency> everything() {
        return table.all();
    }

    void tick() {
        int count = table.size();
        for (int i = 0; i < count; i++) {
            advance(table.get(i));
        }
        advance(table.overflow());
    }

    private void advance(BoundLatency series) {
        synchronized (lock) {
            series.advance();
        }
    }

    private Attributes toAttributes(LabelValues labels) {
        AttributesBuilder builder = Attributes.builder();
        for (int i = 0; i < texts.size(); i++) {
            String value = labels.text(i);
            if (value != null) {
                builder.put(texts.get(i), value);
            }
        }
        for (int i = 0; i < numbers.size(); i++) {
            if (labels.number(i) != 0) {
                builder.put(numbers.get(i), (long) labels.number(i));
            }
        }
        return builder.build();
    }

    WindowSnapshot newSnapshot() {
        return new WindowSnapshot(layout());
    }

    void requireOwn(WindowSnapshot target) {
        if (target.layout() != layout()) {
            throw new IllegalArgumentException("the target was made by metrics of another range or precision");
        }
    }

    /** Empties {@code target} and says how long the fresh window is. */
    WindowSnapshot begin(WindowSnapshot target) {
        target.reset();
        target.cover(metrics.clock().nanosSince(oldestFresh(), ticker().nanoTime()));
        return target;
    }

    /** The first interval of a window that ends now: one closed interval less, for the open one. */
    long oldestFresh() {
        return openInterval() - intervals() + 1;
    }

    long openInterval() {
        return metrics.clock().open();
    }

    int intervals() {
        return metrics.clock().intervals();
    }

    long busyRecords() {
        return metrics.busyRecords();
    }

    long outOfRange(long nanos) {
        return metrics.outOfRange(nanos);
    }

    void rejected() {
        metrics.rejected();
    }

    HdrLayout layout() {
        return metrics.layout();
    }

    Ticker ticker() {
        return metrics.ticker();
    }

    double[] bounds() {
        return bounds;
    }

    Object lock() {
        return lock;
    }

    Scratch scratch() {
        return scratch;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A latency metric with labels. Each combination of label values is a series; {@link #bind} returns it for repeated
 * use; the {@code record} methods look it up without making a key, and leave out values for which there is no label.
 *
 * <p>Thread-safe. A lookup takes no lock and allocates nothing once the series exists. Bounds: a fixed number of
 * series; records of further label values, and of values longer than 1,024 characters, are counted in one overflow
 * series that has the single attribute {@code otel.metric.overflow=true}, so totals stay exact. Series are never
 * removed.
 *
 * @since 0.1
 */
public final class LatencyHistogram {

    /** The attribute of the overflow series, as OpenTelemetry names it. */
    public static final AttributeKey<Boolean> OVERFLOW = AttributeKey.booleanKey("otel.metric.overflow");

    private static final Attributes OVERFLOW_ATTRIBUTES = Attributes.of(OVERFLOW, true);
    private static final LabelValues NO_LABELS = new LabelValues(null, null, null, null, null, 0, 0);

    private final String name;
    private final String description;
    private final List<AttributeKey<String>> texts;
    private final List<AttributeKey<Long>> numbers;
    private final double[] bounds;
    private final SeriesReading reading;
    private final SeriesTable table;

    LatencyHistogram(
            Recording recording,
            String name,
            String description,
            List<AttributeKey<String>> texts,
            List<AttributeKey<Long>> numbers,
            double[] bounds,
            int maxSeries) {
        this.name = name;
        this.description = description;
        this.texts = List.copyOf(texts);
        this.numbers = List.copyOf(numbers);
        this.bounds = bounds;
        this.reading = new SeriesReading(name, recording);
        this.table = new SeriesTable(
                maxSeries - 1,
                labels -> new BoundLatency(reading, labels, toAttributes(labels)),
                new BoundLatency(reading, NO_LABELS, OVERFLOW_ATTRIBUTES));
    }

    /** {@return the metric's name, for example {@code http.server.request.duration}} */
    public String name() {
        return name;
    }

    /** {@return the metric's description; empty when none was set} */
    public String description() {
        return description;
    }

    /**
     * Finds the series of these label values; it is made at the first call.
     *
     * @param values in the order of the labels; null leaves a label out
     * @return the overflow series when there is no room for another one, or a value is too long
     * @throws IllegalArgumentException when there are more values than labels
     */
    public BoundLatency bind(@Nullable String... values) {
        if (values.length > texts.size()) {
            throw new IllegalArgumentException("values is \"" + Arrays.toString(values) + "\", allowed: as many as "
                    + name + " has labels, " + texts.size());
        }
        return series(at(values, 0), at(values, 1), at(values, 2), at(values, 3), at(values, 4), 0, 0);
    }

    private static @Nullable String at(@Nullable String[] values, int index) {
        return index < values.length ? values[index] : null;
    }

    /**
     * Counts one duration in the series without label values.
     *
     * @param nanos the duration; a negative one is rejected, one above the range counts in the highest slot
     */
    public void record(long nanos) {
        record(nanos, null, null, null, null, null);
    }

    /**
     * Counts one duration in the series with this value of the first label.
     *
     * @param nanos the duration; a negative one is rejected, one above the range counts in the highest slot
     * @param a value of the first label; null leaves it out
     */
    public void record(long nanos, @Nullable String a) {
        record(nanos, a, null, null, null, null);
    }

    /**
     * As {@link #record(long, String)} with two labels.
     *
     * @param nanos the duration; a negative one is rejected, one above the range counts in the highest slot
     * @param a value of the first label; null leaves it out
     * @param b value of the second label; null leaves it out
     */
    public void record(long nanos, @Nullable String a, @Nullable String b) {
        record(nanos, a, b, null, null, null);
    }

    /**
     * As {@link #record(long, String)} with three labels.
     *
     * @param nanos the duration; a negative one is rejected, one above the range counts in the highest slot
     * @param a value of the first label; null leaves it out
     * @param b value of the second label; null leaves it out
     * @param c value of the third label; null leaves it out
     */
    public void record(long nanos, @Nullable String a, @Nullable String b, @Nullable String c) {
        record(nanos, a, b, c, null, null);
    }

    /**
     * As {@link #record(long, String)} with four labels.
     *
     * @param nanos the duration; a negative one is rejected, one above the range counts in the highest slot
     * @param a value of the first label; null leaves it out
     * @param b value of the second label; null leaves it out
     * @param c value of the third label; null leaves it out
     * @param d value of the fourth label; null leaves it out
     */
    public void record(long nanos, @Nullable String a, @Nullable String b, @Nullable String c, @Nullable String d) {
        record(nanos, a, b, c, d, null);
    }

    /**
     * As {@link #record(long, String)} with five labels.
     *
     * @param nanos the duration; a negative one is rejected, one above the range counts in the highest slot
     * @param a value of the first label; null leaves it out
     * @param b value of the second label; null leaves it out
     * @param c value of the third label; null leaves it out
     * @param d value of the fourth label; null leaves it out
     * @param e value of the fifth label; null leaves it out
     */
    public void record(
            long nanos,
            @Nullable String a,
            @Nullable String b,
            @Nullable String c,
            @Nullable String d,
            @Nullable String e) {
        int labels = texts.size();
        series(
                        labels > 0 ? a : null,
                        labels > 1 ? b : null,
                        labels > 2 ? c : null,
                        labels > 3 ? d : null,
                        labels > 4 ? e : null,
                        0,
                        0)
                .record(nanos);
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

    /** {@return every series that has a record, in the order in which they appeared, the overflow series last} */
    public List<BoundLatency> series() {
        List<BoundLatency> all = allSeries();
        WindowSnapshot total = reading.newSnapshot();
        all.removeIf(each -> {
            each.totalInto(total);
            return total.count() == 0;
        });
        return all;
    }

    /** {@return a summary of the window for each series that has a record in it, by descending count} */
    public List<SeriesSummary> summaries() {
        WindowSnapshot snapshot = reading.newSnapshot();
        List<SeriesSummary> summaries = new ArrayList<>();
        for (BoundLatency each : allSeries()) {
            each.snapshotInto(snapshot);
            if (snapshot.count() > 0) {
                summaries.add(SeriesSummary.of(name, each, snapshot));
            }
        }
        summaries.sort(Comparator.comparingLong(SeriesSummary::count).reversed());
        return summaries;
    }

    /**
     * {@return a new copy of the window over all series whose attributes {@code match}}
     *
     * @param match is called with the attributes of each series, also with those of the overflow series
     */
    public WindowSnapshot snapshot(Predicate<Attributes> match) {
        return snapshotInto(reading.newSnapshot(), match);
    }

    /**
     * As {@link #snapshot(Predicate)}, replacing the content of {@code target}.
     *
     * @param target an earlier snapshot of any series of the same {@link LatencyMetrics}
     * @param match is called with the attributes of each series, also with those of the overflow series
     * @return {@code target}
     * @throws IllegalArgumentException when the target was made by other metrics
     */
    public WindowSnapshot snapshotInto(WindowSnapshot target, Predicate<Attributes> match) {
        reading.requireOwn(target);
        reading.begin(target);
        for (BoundLatency each : allSeries()) {
            if (match.test(each.attributes())) {
                each.addTo(target);
            }
        }
        return target;
    }

    /**
     * Copies the window by the values of one label, over all others; series without that label are under the empty
     * text. Values without a record in the window are left out.
     *
     * @param label one of the labels, for example that of the route
     * @return a new snapshot for each value, in the order of the values
     */
    public SortedMap<String, WindowSnapshot> snapshotBy(AttributeKey<String> label) {
        SortedMap<String, WindowSnapshot> byValue = new TreeMap<>();
        for (BoundLatency each : allSeries()) {
            String value = each.attributes().get(label);
            each.addTo(byValue.computeIfAbsent(value == null ? "" : value, v -> reading.begin(reading.newSnapshot())));
        }
        byValue.values().removeIf(snapshot -> snapshot.count() == 0);
        return byValue;
    }

    /** {@return the number of records counted in the overflow series since the start} */
    public long overflowRecords() {
        WindowSnapshot total = reading.newSnapshot();
        table.overflow().totalInto(total);
        return total.count();
    }

    /** {@return the number of series, without the overflow series} */
    public int seriesCount() {
        return table.size();
    }

    boolean isFull() {
        return table.isFull();
    }

    List<BoundLatency> allSeries() {
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
        synchronized (reading.lock()) {
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

    double[] bounds() {
        return bounds;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.sdk.metrics.Aggregation;
import org.jspecify.annotations.Nullable;

/** Both formats, and which of them a reader gets. Immutable. */
final class ReadOutFormats {

    private static final Class<?> EXPONENTIAL =
            Aggregation.base2ExponentialBucketHistogram().getClass();
    private static final Class<?> EXPLICIT =
            Aggregation.explicitBucketHistogram().getClass();

    private final ReadOutFormat exponential;
    private final ReadOutFormat explicit;
    private final ReadOutFormat own;

    ReadOutFormats(HistogramKind own, HdrLayout layout, int maxBuckets) {
        this.exponential = new ExponentialBuckets(layout, maxBuckets);
        this.explicit = new ExplicitBuckets(layout);
        this.own = own == HistogramKind.EXPLICIT_BUCKET_HISTOGRAM ? explicit : exponential;
    }

    /** The one that the settings or the program chose. */
    ReadOutFormat own() {
        return own;
    }

    /** The one that a reader chose, ours when it chose neither; null when it wants no histograms. */
    @Nullable
    ReadOutFormat of(Aggregation chosen) {
        if (chosen == Aggregation.drop()) {
            return null;
        }
        if (EXPONENTIAL.isInstance(chosen)) {
            return exponential;
        }
        return EXPLICIT.isInstance(chosen) ? explicit : own;
    }
}

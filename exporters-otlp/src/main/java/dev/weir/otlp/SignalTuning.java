// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.internal.ThrottledLog;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What OpenTelemetry's settings of its batch processors and metric reader come to here. {@code weir.otlp.*} wins where both
 * are set. Immutable.
 *
 * @param linger how long a record may wait for company
 * @param queueRecords records that may wait
 * @param batchRecords the most records of one batch, or data points of one request
 * @param longestAttempt bounds the timeout of one attempt; zero for no bound
 */
record SignalTuning(Duration linger, int queueRecords, int batchRecords, Duration longestAttempt) {

    /** Longer delays have no effect: a record leaves after this time at the latest. */
    static final Duration LONGEST_DELAY = Duration.ofMillis(200);

    static SignalTuning of(Signal signal, Settings settings, @Nullable Duration wishedLinger) {
        return switch (signal) {
            case TRACES -> of(OtlpSettings.SPANS, settings, wishedLinger);
            case LOGS -> of(OtlpSettings.LOG_RECORDS, settings, wishedLinger);
            case METRICS ->
                new SignalTuning(
                        linger(settings, wishedLinger, null),
                        settings.get(OtlpSettings.QUEUE_RECORDS),
                        orElse(settings, OtlpSettings.METRIC_MAX_BATCH, Integer.MAX_VALUE),
                        orElse(settings, OtlpSettings.METRIC_TIMEOUT, Duration.ZERO));
        };
    }

    private static SignalTuning of(OtlpSettings.Batching batching, Settings settings, @Nullable Duration wishedLinger) {
        Integer queue = isSet(settings, batching.queue()) ? settings.get(batching.queue()) : null;
        Integer batch = isSet(settings, batching.batch()) ? settings.get(batching.batch()) : null;
        if (queue != null && batch != null && batch > queue) {
            ThrottledLog.of("weir.settings", System::nanoTime)
                    .warn(batching.batch().name() + " is \"" + batch + "\", allowed: at most "
                            + batching.queue().name() + "; it counts as " + queue);
            batch = queue;
        }
        int queueRecords = queue == null || isSet(settings, OtlpSettings.QUEUE_RECORDS)
                ? settings.get(OtlpSettings.QUEUE_RECORDS)
                : queue;
        return new SignalTuning(
                linger(settings, wishedLinger, batching.delay()),
                queueRecords,
                batch == null ? RecordIntake.MAX_BATCH_RECORDS : Math.min(batch, RecordIntake.MAX_BATCH_RECORDS),
                orElse(settings, batching.timeout(), Duration.ZERO));
    }

    private static Duration linger(Settings settings, @Nullable Duration wished, @Nullable Setting<Duration> delay) {
        if (wished != null) {
            return wished;
        }
        if (delay == null || !isSet(settings, delay) || isSet(settings, OtlpSettings.LINGER)) {
            return settings.get(OtlpSettings.LINGER);
        }
        Duration asked = settings.get(delay);
        return asked.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : asked.isZero() ? Duration.ofMillis(1) : asked;
    }

    private static <T> T orElse(Settings settings, Setting<T> setting, T otherwise) {
        return isSet(settings, setting) ? settings.get(setting) : otherwise;
    }

    private static boolean isSet(Settings settings, Setting<?> setting) {
        return settings.source(setting) != Settings.Source.DEFAULT;
    }

    /** {@code timeout}, or less; zero is no limit. */
    Duration attempt(Duration timeout) {
        boolean shorter = timeout.isZero() || timeout.compareTo(longestAttempt) > 0;
        return shorter && !longestAttempt.isZero() ? longestAttempt : timeout;
    }
}

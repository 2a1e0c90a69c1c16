// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Setting;
import dev.weir.core.Signal;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.Choices;
import dev.weir.otlp.internal.config.SignalTuning;
import dev.weir.otlp.internal.intake.RecordIntake;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads how a signal is batched, from OpenTelemetry's settings of batch processors and of the metric reader.
 * {@code weir.otlp.*} wins where both are set. Stateless.
 */
final class SignalTuningReader {

    private SignalTuningReader() {}

    static SignalTuning read(Signal signal, Choices.Values values) {
        return switch (signal) {
            case TRACES -> read(OtlpSettings.SPANS, values);
            case LOGS -> read(OtlpSettings.LOG_RECORDS, values);
            case METRICS ->
                new SignalTuning(
                        linger(values, null),
                        values.get(OtlpSettings.QUEUE_RECORDS),
                        orElse(values, OtlpSettings.METRIC_MAX_BATCH, Integer.MAX_VALUE),
                        orElse(values, OtlpSettings.METRIC_TIMEOUT, Duration.ZERO));
        };
    }

    private static SignalTuning read(OtlpSettings.Batching batching, Choices.Values values) {
        Integer queue = values.isSet(batching.queue()) ? values.get(batching.queue()) : null;
        Integer batch = values.isSet(batching.batch()) ? values.get(batching.batch()) : null;
        if (queue != null && batch != null && batch > queue) {
            ThrottledLog.of("weir.settings", System::nanoTime)
                    .warn(batching.batch().name() + " is \"" + batch + "\", allowed: at most "
                            + batching.queue().name() + "; it counts as " + queue);
            batch = queue;
        }
        int queueRecords = queue == null || values.isSet(OtlpSettings.QUEUE_RECORDS)
                ? values.get(OtlpSettings.QUEUE_RECORDS)
                : queue;
        return new SignalTuning(
                linger(values, batching.delay()),
                queueRecords,
                batch == null ? RecordIntake.MAX_BATCH_RECORDS : Math.min(batch, RecordIntake.MAX_BATCH_RECORDS),
                orElse(values, batching.timeout(), Duration.ZERO));
    }

    private static Duration linger(Choices.Values values, @Nullable Setting<Duration> delay) {
        if (delay == null || !values.isSet(delay) || values.isSet(OtlpSettings.LINGER)) {
            return values.get(OtlpSettings.LINGER);
        }
        Duration asked = values.get(delay);
        Duration longest = OtlpSettings.LONGEST_DELAY;
        return asked.compareTo(longest) > 0 ? longest : asked.isZero() ? Duration.ofMillis(1) : asked;
    }

    private static <T> T orElse(Choices.Values values, Setting<T> setting, T otherwise) {
        return values.isSet(setting) ? values.get(setting) : otherwise;
    }
}

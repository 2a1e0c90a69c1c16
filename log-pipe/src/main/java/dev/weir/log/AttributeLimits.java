// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import org.jspecify.annotations.Nullable;

/**
 * The limits that OpenTelemetry's variables set for the attributes of a log record: those for log records, else those for all. By
 * its specification what is no whole number or is negative is ignored, with a warning. Immutable.
 *
 * @param count null when there is none
 * @param length null when there is none
 */
record AttributeLimits(@Nullable Integer count, @Nullable Integer length) {

    /** As many as {@link LogSettings#MAX_ATTRIBUTES} allows: a key is looked for among those that are there. */
    private static final int MOST = 128;

    static AttributeLimits of(Settings settings, Ticker ticker) {
        return new AttributeLimits(
                first(settings, ticker, LogSettings.OTEL_RECORD_COUNT, LogSettings.OTEL_COUNT),
                first(settings, ticker, LogSettings.OTEL_RECORD_LENGTH, LogSettings.OTEL_LENGTH));
    }

    private static @Nullable Integer first(
            Settings settings, Ticker ticker, Setting<String> ofRecords, Setting<String> ofAll) {
        Integer limit = limit(settings, ticker, ofRecords);
        return limit != null ? limit : limit(settings, ticker, ofAll);
    }

    private static @Nullable Integer limit(Settings settings, Ticker ticker, Setting<String> setting) {
        String text = settings.find(setting);
        if (text == null) {
            return null;
        }
        try {
            int limit = Integer.parseInt(text.trim());
            if (limit >= 0) {
                return limit;
            }
        } catch (NumberFormatException noNumber) {
            // Told below.
        }
        ThrottledLog.of("weir.log", ticker)
                .warn(settings.sourceName(setting) + " is \"" + text
                        + "\" and ignored, allowed: a whole number that is not negative");
        return null;
    }

    /** How many attributes a record may have: {@code own}, which yields when it is the default and holds beside when it was set. */
    int count(int own, boolean wasSet) {
        Integer limit = count;
        if (limit == null) {
            return own;
        }
        return Math.min(limit, wasSet ? own : MOST);
    }

    /** How many characters of a text. */
    int valueLength() {
        Integer limit = length;
        return limit == null ? Integer.MAX_VALUE : limit;
    }
}

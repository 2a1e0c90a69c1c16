// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.OtelSettings;
import dev.weir.core.Setting;
import dev.weir.core.spi.Choices;
import org.jspecify.annotations.Nullable;

/**
 * The limits that OpenTelemetry's variables set for the attributes of a log record: those for log records, else those for all.
 * Immutable.
 *
 * @param count null when there is none
 * @param length null when there is none
 */
record AttributeLimits(@Nullable Integer count, @Nullable Integer length) {

    /** As many as {@link LogSettings#MAX_ATTRIBUTES} allows: a key is looked for among those that are there. */
    private static final int MOST = 128;

    static AttributeLimits of(Choices.Values values) {
        return new AttributeLimits(
                first(values, LogSettings.RECORD_COUNT, OtelSettings.ATTRIBUTE_COUNT),
                first(values, LogSettings.RECORD_LENGTH, OtelSettings.ATTRIBUTE_LENGTH));
    }

    private static @Nullable Integer first(Choices.Values values, Setting<Integer> ofRecords, Setting<Integer> ofAll) {
        Integer limit = values.find(ofRecords);
        return limit != null ? limit : values.find(ofAll);
    }

    /** How many attributes a record may have: {@code own} counts when it was set; a default does not. */
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

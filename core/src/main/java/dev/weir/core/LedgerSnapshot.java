// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * One reading of a {@link SignalLedger}. Immutable.
 *
 * @param signal what was counted
 * @param produced all records that the application made, plus {@code recovered}
 * @param recovered records of an earlier run that were found in a store
 * @param delivered records that the receiver took over
 * @param queued records accepted and still inside
 * @param dropped records lost, by reason; reasons without a loss are absent; unmodifiable
 * @param held what the modules say that they hold; equals {@code queued} once no record is on the move
 * @since 0.1
 */
public record LedgerSnapshot(
        Signal signal,
        long produced,
        long recovered,
        long delivered,
        long queued,
        Map<DropReason, Long> dropped,
        long held) {

    /**
     * Makes a reading with a copy of {@code dropped}.
     *
     * @param signal what was counted
     * @param produced all records that the application made, plus {@code recovered}
     * @param recovered records of an earlier run that were found in a store
     * @param delivered records that the receiver took over
     * @param queued records accepted and still inside
     * @param dropped records lost, by reason; copied
     * @param held what the modules say that they hold
     */
    public LedgerSnapshot {
        EnumMap<DropReason, Long> copy = new EnumMap<>(DropReason.class);
        copy.putAll(dropped);
        dropped = Collections.unmodifiableMap(copy);
    }

    /** {@return the records that are lost, for all reasons together} */
    public long droppedTotal() {
        long total = 0;
        for (long records : dropped.values()) {
            total += records;
        }
        return total;
    }

    /** {@code traces: produced 12 = delivered 10 + queued 1 + dropped 1 {queue_full=1}}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(signal.label())
                .append(": produced ")
                .append(produced)
                .append(" = delivered ")
                .append(delivered)
                .append(" + queued ")
                .append(queued)
                .append(" + dropped ")
                .append(droppedTotal());
        if (!dropped.isEmpty()) {
            String separator = " {";
            for (Map.Entry<DropReason, Long> entry : dropped.entrySet()) {
                text.append(separator)
                        .append(entry.getKey().label())
                        .append('=')
                        .append(entry.getValue());
                separator = ", ";
            }
            text.append('}');
        }
        return text.toString();
    }
}

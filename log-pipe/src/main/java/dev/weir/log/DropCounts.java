// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.log.internal.store.Entry;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Losses by reason and severity class, and what of them was not announced yet. Counting is lock-free, from any thread. */
final class DropCounts {

    /** The least time between two announcements. */
    static final Duration ANNOUNCE_EVERY = Duration.ofSeconds(30);

    private static final DropReason[] REASONS = DropReason.values();

    private final LongAdder[] counts = new LongAdder[REASONS.length * Entry.CLASSES];

    // The disk's thread only.
    private final long[] announced = new long[REASONS.length];
    private long nextNanos;
    private boolean announcedOnce;

    DropCounts() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(DropReason reason, int severityClass, long records) {
        if (records != 0) {
            counts[reason.ordinal() * Entry.CLASSES + severityClass].add(records);
        }
    }

    long get(DropReason reason, int severityClass) {
        return counts[reason.ordinal() * Entry.CLASSES + severityClass].sum();
    }

    long total() {
        long total = 0;
        for (LongAdder count : counts) {
            total += count.sum();
        }
        return total;
    }

    private long of(DropReason reason) {
        long sum = 0;
        for (int i = 0; i < Entry.CLASSES; i++) {
            sum += get(reason, i);
        }
        return sum;
    }

    /** What was lost since the last announcement, in words; null when nothing was or it is too soon. */
    @Nullable
    String announcement(long nowNanos) {
        if (announcedOnce && nowNanos - nextNanos < 0) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        long total = 0;
        for (DropReason reason : REASONS) {
            long now = of(reason);
            long fresh = now - announced[reason.ordinal()];
            if (fresh > 0 && reason != DropReason.CLOSED) {
                announced[reason.ordinal()] = now;
                total += fresh;
                text.append(text.isEmpty() ? "" : ", ")
                        .append(reason.label())
                        .append(' ')
                        .append(fresh);
            }
        }
        if (total == 0) {
            return null;
        }
        announcedOnce = true;
        nextNanos = nowNanos + ANNOUNCE_EVERY.toNanos();
        return total + (total == 1 ? " log record was dropped (" : " log records were dropped (") + text + ")";
    }
}

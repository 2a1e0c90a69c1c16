// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.DropReason;
import dev.weir.log.internal.ring.Producers;
import dev.weir.log.internal.store.Entry;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * LossListener by reason and severity class, and what of them was not announced yet. What a producer was refused, it
 * counts itself ({@link Producers}); the rest is counted here, lock-free, from any thread.
 */
public final class DropCounts {

    /** The least time between two announcements. */
    public static final Duration ANNOUNCE_EVERY = Duration.ofSeconds(30);

    private static final DropReason[] REASONS = DropReason.values();

    private final Producers producers;
    private final LongAdder[] refused = adders();
    private final LongAdder[] lost = adders();

    /** Calls of {@link #refused(DropReason, int)} and {@link #lost(DropReason, int, long)}. */
    private final LongAdder calls = new LongAdder();

    // The disk's thread only.
    /** What {@link #calls} and the producers' refusals were when all counts were last looked at. */
    private long lookedAt;

    private final long[] announced = new long[REASONS.length];
    private long nextNanos;
    private boolean announcedOnce;

    public DropCounts(Producers producers) {
        this.producers = producers;
    }

    private static LongAdder[] adders() {
        LongAdder[] adders = new LongAdder[REASONS.length * Entry.CLASSES];
        for (int i = 0; i < adders.length; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }

    private static int place(DropReason reason, int severityClass) {
        return reason.ordinal() * Entry.CLASSES + severityClass;
    }

    /** A record was refused that no producer counts. */
    public void refused(DropReason reason, int severityClass) {
        refused[place(reason, severityClass)].increment();
        calls.increment();
    }

    /** {@code records} that had been accepted were lost. */
    public void lost(DropReason reason, int severityClass, long records) {
        if (records != 0) {
            lost[place(reason, severityClass)].add(records);
            calls.increment();
        }
    }

    public long get(DropReason reason, int severityClass) {
        int place = place(reason, severityClass);
        return refused[place].sum() + producers.refused(reason, severityClass) + lost[place].sum();
    }

    /** All that were refused for {@code reason}. */
    public long refused(DropReason reason) {
        long sum = 0;
        for (int i = 0; i < Entry.CLASSES; i++) {
            sum += refused[place(reason, i)].sum() + producers.refused(reason, i);
        }
        return sum;
    }

    /** All that had been accepted and were lost for {@code reason}. */
    public long lost(DropReason reason) {
        long sum = 0;
        for (int i = 0; i < Entry.CLASSES; i++) {
            sum += lost[place(reason, i)].sum();
        }
        return sum;
    }

    public long total() {
        long total = 0;
        for (DropReason reason : REASONS) {
            total += of(reason);
        }
        return total;
    }

    private long of(DropReason reason) {
        return refused(reason) + lost(reason);
    }

    /** What was lost since the last announcement, in words; null when nothing was or it is too soon. */
    @Nullable
    public String announcement(long nowNanos) {
        if (announcedOnce && nowNanos - nextNanos < 0) {
            return null;
        }
        long now = calls.sum() + producers.refusals();
        if (now == lookedAt) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        long total = 0;
        for (DropReason reason : REASONS) {
            long count = of(reason);
            long fresh = count - announced[reason.ordinal()];
            if (fresh > 0 && reason != DropReason.CLOSED) {
                announced[reason.ordinal()] = count;
                total += fresh;
                text.append(text.isEmpty() ? "" : ", ")
                        .append(reason.label())
                        .append(' ')
                        .append(fresh);
            }
        }
        lookedAt = now;
        if (total == 0) {
            return null;
        }
        announcedOnce = true;
        nextNanos = nowNanos + ANNOUNCE_EVERY.toNanos();
        return total + (total == 1 ? " log record was dropped (" : " log records were dropped (") + text + ")";
    }
}

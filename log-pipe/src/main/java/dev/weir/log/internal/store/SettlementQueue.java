// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The batches that were read out of journals and are not forgotten there, in the order of their records. Batches are settled in any
 * order; a journal forgets its records in their order, so it forgets a batch when all batches before that one are settled, too.
 *
 * <p>The disk's thread only. As large as the number of batches that the owner gives out.
 *
 * @param <B> the batches
 */
public final class SettlementQueue<B> {

    private final Function<B, Journal> journalOf;
    private final Function<B, List<RecordRange>> rangesOf;
    private final ArrayDeque<Slot<B>> slots = new ArrayDeque<>();

    private static final class Slot<B> {

        B batch;
        boolean settled;

        Slot(B batch) {
            this.batch = batch;
        }
    }

    /**
     * @param journalOf the journal that a batch was read from
     * @param rangesOf what a batch holds of that journal; at least one range
     */
    public SettlementQueue(Function<B, Journal> journalOf, Function<B, List<RecordRange>> rangesOf) {
        this.journalOf = journalOf;
        this.rangesOf = rangesOf;
    }

    /** Adds a batch behind all others. */
    public void add(B batch) {
        slots.addLast(new Slot<>(batch));
    }

    /** Puts {@code again} into the place of {@code returned}, which holds the same records. */
    public void replace(B returned, B again) {
        for (Slot<B> slot : slots) {
            if (slot.batch == returned) {
                slot.batch = again;
            }
        }
    }

    /**
     * Puts the parts of batches that were cut into their places, also the parts of parts.
     *
     * @param partsOf the parts that hold the same records in their order; none when the batch was not cut
     * @param replaced is called with each batch that was cut and its parts
     */
    public void replaceCut(Function<B, List<B>> partsOf, CutListener<B> replaced) {
        while (first(batch -> !partsOf.apply(batch).isEmpty()) != null) {
            for (int i = slots.size(); i > 0; i--) {
                Slot<B> slot = slots.removeFirst();
                List<B> parts = partsOf.apply(slot.batch);
                if (parts.isEmpty()) {
                    slots.addLast(slot);
                    continue;
                }
                parts.forEach(this::add);
                replaced.cut(slot.batch, parts);
            }
        }
    }

    /** Is called with a batch that was cut and its parts. */
    @FunctionalInterface
    public interface CutListener<B> {
        void cut(B batch, List<B> parts);
    }

    /**
     * Settles the batches that were acknowledged since the last call, and has the journals forget what they need not keep.
     *
     * @param settled is called with each of them before its journal
     * @return how many
     */
    public int settle(Predicate<B> isAcknowledged, Consumer<B> settled) {
        int count = 0;
        for (Slot<B> slot : slots) {
            if (!slot.settled && isAcknowledged.test(slot.batch)) {
                slot.settled = true;
                settled.accept(slot.batch);
                journalOf.apply(slot.batch).settled(rangesOf.apply(slot.batch));
                count++;
            }
        }
        forget();
        return count;
    }

    private void forget() {
        Journal from = null;
        RecordPosition until = null;
        for (Slot<B> first = slots.peekFirst(); first != null && first.settled; first = slots.peekFirst()) {
            Journal next = journalOf.apply(first.batch);
            if (from != null && until != null && from != next) {
                from.forgetUntil(until);
            }
            from = next;
            List<RecordRange> ranges = rangesOf.apply(first.batch);
            until = ranges.get(ranges.size() - 1).to();
            slots.removeFirst();
        }
        if (from != null && until != null) {
            from.forgetUntil(until);
        }
    }

    /** The first batch of which {@code condition} is true; null when there is none. */
    public @Nullable B first(Predicate<B> condition) {
        for (Slot<B> slot : slots) {
            if (condition.test(slot.batch)) {
                return slot.batch;
            }
        }
        return null;
    }

    /** All batches, in their order. */
    public List<B> all() {
        List<B> all = new ArrayList<>(slots.size());
        for (Slot<B> slot : slots) {
            all.add(slot.batch);
        }
        return all;
    }
}

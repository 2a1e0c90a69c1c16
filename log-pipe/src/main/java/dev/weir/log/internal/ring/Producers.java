// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.core.DropReason;
import dev.weir.log.internal.store.Entry;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * All producers of a run, and the account of the records that they were granted or refused. Thread-safe. Leads to
 * nothing of the pipe, because the ledger keeps it after a close.
 *
 * <p>Bounds: one producer for each thread that logs and is alive.
 */
public final class Producers {

    private final Set<Producer> all = ConcurrentHashMap.newKeySet();
    /** Granted to producers that were forgotten. */
    private long forgotten;

    private long forgottenSum;

    private final long[][] forgottenRefusals = new long[DropReason.values().length][Entry.CLASSES];

    /** The side of another thread; or, if {@code pooled}, of one thread after the other. */
    public Producer add(boolean pooled) {
        Producer producer = new Producer(pooled);
        all.add(producer);
        return producer;
    }

    /** How many records were accepted. Any thread. */
    public synchronized long accepted() {
        long sum = forgotten;
        for (Producer producer : all) {
            sum += producer.accepted();
        }
        return sum;
    }

    /**
     * How many records were accepted in rings before the one that begins at {@code first}, which is the last one. The
     * consumer, once no producer puts a record into those; it forgets no producer since there are two rings.
     */
    public synchronized long acceptedBefore(long first) {
        long sum = forgotten;
        for (Producer producer : all) {
            sum += producer.acceptedBefore(first);
        }
        return sum;
    }

    /** How many records were refused. Any thread. */
    public synchronized long refused(DropReason reason, int severityClass) {
        long sum = forgottenRefusals[reason.ordinal()][severityClass];
        for (Producer producer : all) {
            sum += producer.refused(reason, severityClass);
        }
        return sum;
    }

    /** Another number once a record was refused: one look at each producer says that none was. Any thread. */
    public synchronized long refusals() {
        long sum = forgottenSum;
        for (Producer producer : all) {
            sum += producer.refusals();
        }
        return sum;
    }

    /**
     * Forgets producers whose threads have ended; to be called now and then. The consumer, which is at {@code read}.
     */
    synchronized void forgetEnded(long read) {
        for (Iterator<Producer> each = all.iterator(); each.hasNext(); ) {
            Producer producer = each.next();
            if (producer.isOver(read)) {
                keepAccount(producer);
                each.remove();
            }
        }
    }

    private void keepAccount(Producer producer) {
        producer.close();
        forgotten += producer.accepted();
        forgottenSum += producer.refusals();
        for (DropReason reason : DropReason.values()) {
            for (int i = 0; i < Entry.CLASSES; i++) {
                forgottenRefusals[reason.ordinal()][i] += producer.refused(reason, i);
            }
        }
    }

    /** The producers that put a record in now, as far as the consumer can know. */
    List<Producer> inside() {
        List<Producer> inside = new ArrayList<>();
        for (Producer producer : all) {
            if (Producer.isInside(producer.turn())) {
                inside.add(producer);
            }
        }
        return inside;
    }

    Iterable<Producer> all() {
        return all;
    }
}

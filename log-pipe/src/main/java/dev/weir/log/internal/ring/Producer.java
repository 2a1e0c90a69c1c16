// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.core.DropReason;
import dev.weir.log.internal.store.Entry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * One thread's side of a {@link Ring}: whether it is putting a record in, which place it has claimed, how many records
 * it was granted. Written by that thread alone; read by the consumer, which heals the place of a producer that died on
 * the way ({@link RingHealer}), and by the readers of the account.
 *
 * <p>A producer can die anywhere: a StackOverflowError or an OutOfMemoryError comes between any two steps. So each step
 * is one write, and nothing that was counted has to be taken back by the one that died.
 */
public final class Producer {

    private static final VarHandle TURN;
    private static final VarHandle START;
    private static final VarHandle ACCEPTED;
    private static final VarHandle REFUSALS_DONE;
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int REFUSALS = DropReason.values().length * Entry.CLASSES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            TURN = lookup.findVarHandle(Producer.class, "turn", long.class);
            START = lookup.findVarHandle(Producer.class, "start", long.class);
            ACCEPTED = lookup.findVarHandle(Producer.class, "accepted", long.class);
            REFUSALS_DONE = lookup.findVarHandle(Producer.class, "refusals", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Odd while a record is being put in; a new number for each. */
    private long turn;
    /** How many records were granted: the account of what was accepted is the sum of these. */
    private long accepted;

    /** How many records were refused, by reason and severity class. */
    private final long[] refused = new long[REFUSALS];

    /** The sum of {@link #refused}, without what a producer that died did not get to. */
    @SuppressWarnings("UnusedVariable") // through REFUSALS_DONE
    private long refusals;

    /** What {@link #turn} was when the record was begun. */
    private long begunAt;

    /**
     * Where the ring begins that it last put a record in, and what {@link #accepted} was before its first one there.
     */
    private long ringFirst = Long.MIN_VALUE;

    private long acceptedBeforeRing;

    /** Whether a record was begun and not ended. */
    private boolean open;
    /** The place in {@link #refused} where the record is about to be counted, and what was there before. */
    private int refusing = -1;

    private long refusedBefore;

    /** Where the claimed place begins; that of the turn in {@link #heldTurn}. */
    private long start;

    private long position;
    private int length;
    private int severity;
    private long heldTurn;
    private long givenUpTurn;
    /** What {@link #accepted} was when the place was claimed. */
    private long acceptedBefore;

    private volatile @Nullable Thread thread;
    /** Places of turns that were never ended, each found by the next turn. */
    private volatile @Nullable Place orphans;

    /** A place whose producer died. */
    static final class Place {

        final long start;
        final int length;
        final int severity;
        final boolean granted;
        private final @Nullable Place next;
        private volatile boolean healed;

        Place(Producer of, @Nullable Place next) {
            this.start = of.start;
            this.length = (int) (of.position - of.start) + of.length;
            this.severity = of.severity;
            this.granted = of.isGranted();
            this.next = next;
        }

        /** The consumer has dealt with it. */
        void healed() {
            healed = true;
        }
    }

    /** Whether it serves one thread after the other; then it is not over when one of them ends. */
    private volatile boolean pooled;

    /** Its user; the producer is over when the user is garbage, as a record that was never closed. */
    private volatile @Nullable WeakReference<Object> owner;

    Producer(boolean pooled) {
        this.pooled = pooled;
    }

    /** Once {@code user} is collected, it is over. */
    public void usedBy(Object user) {
        owner = new WeakReference<>(user);
    }

    /** It goes back to no pool. */
    public void retire() {
        pooled = false;
    }

    /**
     * Another record is begun. One that was neither ended nor counted, because its producer died twice, is counted now.
     */
    public void begin() {
        countForgotten();
        end();
        open = true;
    }

    private void countForgotten() {
        if (open && !isCounted()) {
            refuse(DropReason.ENCODING_FAILED, Entry.severityClass(0));
        }
    }

    /** Whatever becomes of the record that was begun has been decided: it is asked for no more. */
    public void end() {
        open = false;
        refusing = -1;
        begunAt = turn;
    }

    /** The record that was begun is refused. */
    public void refuse(DropReason reason, int severityClass) {
        int place = place(reason, severityClass);
        refusedBefore = refused[place];
        refusing = place;
        LONGS.setRelease(refused, place, refusedBefore + 1);
        REFUSALS_DONE.setRelease(this, (long) REFUSALS_DONE.get(this) + 1);
    }

    /** Another number once a record was refused. Any thread. */
    long refusals() {
        return (long) REFUSALS_DONE.getAcquire(this);
    }

    /** Whether the record that was begun is in an account: it had a place, or was refused. No other code counts it. */
    public boolean isCounted() {
        return hadPlace() || refusing >= 0 && refused[refusing] != refusedBefore;
    }

    private static int place(DropReason reason, int severityClass) {
        return reason.ordinal() * Entry.CLASSES + severityClass;
    }

    /** A record is about to be put into the ring that begins at {@code first}. */
    void enter(long first, int severity) {
        if (ringFirst != first) {
            acceptedBeforeRing = accepted;
            ringFirst = first;
        }
        Thread current = Thread.currentThread();
        if (thread != current) {
            thread = current;
        }
        if ((turn & 1) != 0) {
            leaveOrphan();
        }
        this.severity = severity;
        TURN.setRelease(this, turn + 1);
    }

    private void leaveOrphan() {
        if (heldTurn == turn) {
            orphans = new Place(this, withoutHealed(orphans));
        }
        TURN.setRelease(this, turn + 1);
    }

    /** A place was claimed: {@code length} bytes from {@code position}, and a gap before it from {@code start}. */
    void hold(long start, long position, int length) {
        this.acceptedBefore = accepted;
        this.position = position;
        this.length = length;
        START.setRelease(this, start);
        this.heldTurn = turn;
    }

    /** The record in the claimed place counts as accepted from now on. */
    void grant() {
        ACCEPTED.setRelease(this, accepted + 1);
    }

    /** The record is in, or there was no room. */
    void exit() {
        TURN.setRelease(this, turn + 1);
    }

    /** Whether a place was claimed for the record that was begun. */
    boolean hadPlace() {
        return heldTurn > begunAt;
    }

    /** The claimed place is about to be given up. */
    void giveUp() {
        givenUpTurn = heldTurn;
    }

    boolean gaveUp() {
        return givenUpTurn == heldTurn;
    }

    /** Whether the place is still claimed. */
    boolean holds() {
        return heldTurn == turn;
    }

    /** As {@link #exit}, wherever the turn had come to. */
    void leave() {
        if ((turn & 1) != 0) {
            exit();
        }
    }

    int severity() {
        return severity;
    }

    long start() {
        return start;
    }

    /** Of the place that was claimed last. */
    public long position() {
        return position;
    }

    int length() {
        return length;
    }

    /** Whether the record in the claimed place was granted. */
    public boolean isGranted() {
        return accepted != acceptedBefore;
    }

    /** How many records were granted. Any thread. */
    long accepted() {
        return (long) ACCEPTED.getAcquire(this);
    }

    /**
     * How many records were granted in rings before the one that begins at {@code first}, which is the last one. The
     * consumer, once no producer puts a record into those.
     */
    long acceptedBefore(long first) {
        long all = accepted();
        return ringFirst == first ? acceptedBeforeRing : all;
    }

    /** How many records were refused. Any thread. */
    long refused(DropReason reason, int severityClass) {
        return (long) LONGS.getAcquire(refused, place(reason, severityClass));
    }

    /** Any thread. */
    long turn() {
        return (long) TURN.getAcquire(this);
    }

    static boolean isInside(long turn) {
        return (turn & 1) != 0;
    }

    @Nullable
    Thread thread() {
        return thread;
    }

    /**
     * The place that begins at {@code at} if this producer claimed it in its last turn; null otherwise. The consumer
     * only.
     */
    @Nullable
    Place held(long at) {
        return (long) START.getAcquire(this) == at && heldTurn == turn() ? new Place(this, null) : null;
    }

    /** Where the place begins that this turn holds; -1 when it holds none yet. The consumer only. */
    long heldAt() {
        long held = (long) START.getAcquire(this);
        return heldTurn == turn() ? held : -1;
    }

    /** As {@link #held}, of a turn that was never ended. */
    @Nullable
    Place orphan(long at) {
        for (Place orphan = orphans; orphan != null; orphan = orphan.next) {
            if (orphan.start == at) {
                return orphan;
            }
        }
        return null;
    }

    private static @Nullable Place withoutHealed(@Nullable Place first) {
        Place kept = first;
        while (kept != null && kept.healed) {
            kept = kept.next;
        }
        return kept;
    }

    /** It is not used any more. The consumer only. */
    void close() {
        countForgotten();
        end();
        thread = null;
    }

    /**
     * Whether it can be forgotten: it is not used any more, and the consumer, which is at {@code read}, has passed all
     * it left.
     */
    boolean isOver(long read) {
        if (!isForgotten() || withoutHealed(orphans) != null) {
            return false;
        }
        return !isInside(turn()) || heldAt() < read;
    }

    private boolean isForgotten() {
        WeakReference<Object> user = owner;
        if (user != null && user.refersTo(null)) {
            return true;
        }
        Thread last = thread;
        return !pooled && last != null && !last.isAlive();
    }
}

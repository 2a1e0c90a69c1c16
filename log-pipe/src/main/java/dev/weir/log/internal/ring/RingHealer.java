// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.log.internal.ring.Producer.Place;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether the producer that the consumer waits for is slow or dead, and gives the place of a dead one up. The
 * consumer's own.
 *
 * <p>A producer is dead when it has gone on to another record, when its thread has ended, or when its thread is nowhere in the
 * code that puts records in. The last is asked of the thread's stack, and only where nothing else shows it and the wait is long.
 * A place whose producer is not known (it died between taking the place and writing that down) is given up once every producer
 * that was inside then has come out or is dead; it ends where the next record begins.
 */
public final class RingHealer {

    /** A producer copies for microseconds; a thread that has lost its core may take as long as this. */
    static final long SLOW_NANOS = Duration.ofMillis(100).toNanos();

    /** From here on stacks are looked at. */
    static final long STUCK_NANOS = Duration.ofSeconds(1).toNanos();

    private static final String CODE = Ring.class.getName();

    private final Ring ring;
    private long stuckAt = -1;
    private long sinceNanos;
    private long end;
    private boolean closing;
    /** Producers that may have taken the place, each with its turn then. */
    private final Map<Producer, Long> suspects = new HashMap<>();

    public RingHealer(Ring ring) {
        this.ring = ring;
    }

    /**
     * Looks at what the consumer waits for; to be called whenever it found nothing.
     *
     * @return whether a place was given up, so that there is more to poll
     */
    public boolean heal(long nowNanos) {
        long at = ring.stuckAt();
        if (at < 0 || at != stuckAt) {
            stuckAt = at;
            sinceNanos = nowNanos;
            suspects.clear();
            return false;
        }
        if (nowNanos - sinceNanos < SLOW_NANOS) {
            return false;
        }
        boolean stuck = nowNanos - sinceNanos >= STUCK_NANOS;
        Boolean known = healKnown(at, stuck);
        return known == null ? healUnknown(at, stuck) : known;
    }

    /** Null when no producer is known to have taken the place. */
    private @Nullable Boolean healKnown(long at, boolean stuck) {
        for (Producer producer : ring.producers().all()) {
            Place orphan = producer.orphan(at);
            if (orphan != null) {
                giveUp(orphan);
                return true;
            }
            if (producer.heldAt() == at) {
                long turn = producer.turn();
                Place place = producer.held(at);
                if (place == null || !isDead(producer, turn, stuck) || ring.stuckAt() != at) {
                    return false;
                }
                giveUp(place);
                return true;
            }
        }
        return null;
    }

    private void giveUp(Place place) {
        ring.giveUp(place.start, place.length, new LostRecord(place.granted, false, place.severity).header());
        place.healed();
        stuckAt = -1;
    }

    private boolean healUnknown(long at, boolean stuck) {
        if (suspects.isEmpty()) {
            end = ring.tail();
            suspectAll();
        }
        suspects.entrySet()
                .removeIf(suspect -> isDead(suspect.getKey(), suspect.getValue(), stuck)
                        || suspect.getKey().heldAt() >= 0 && suspect.getKey().heldAt() != at);
        // One that was merely slow has committed it by now.
        if (!suspects.isEmpty() || ring.stuckAt() != at) {
            return false;
        }
        long next = ring.nextBehind(at, end);
        for (Producer producer : ring.producers().all()) {
            long held = producer.heldAt();
            if (held - at > 0 && held - next < 0 && Producer.isInside(producer.turn())) {
                next = held;
            }
        }
        ring.giveUp(at, (int) (next - at), 0);
        stuckAt = -1;
        return true;
    }

    /**
     * Whether no producer puts a record into the ring any more, which is closed: every producer that was inside at the first call has come
     * out or is dead.
     */
    public boolean isDeserted(long nowNanos) {
        if (!closing) {
            closing = true;
            sinceNanos = nowNanos;
            suspects.clear();
            suspectAll();
        }
        boolean stuck = nowNanos - sinceNanos >= STUCK_NANOS;
        suspects.entrySet().removeIf(suspect -> isDead(suspect.getKey(), suspect.getValue(), stuck));
        return suspects.isEmpty();
    }

    private void suspectAll() {
        for (Producer producer : ring.producers().inside()) {
            suspects.put(producer, producer.turn());
        }
    }

    /** Whether {@code producer} has ended the turn that it was in, or never will. */
    private static boolean isDead(Producer producer, long turn, boolean stuck) {
        if (producer.turn() != turn || !Producer.isInside(turn)) {
            return true;
        }
        Thread thread = producer.thread();
        if (thread == null || !thread.isAlive()) {
            return true;
        }
        return stuck && !isPutting(thread);
    }

    private static boolean isPutting(Thread thread) {
        StackTraceElement[] stack = thread.getStackTrace();
        for (StackTraceElement frame : stack) {
            if (frame.getClassName().equals(CODE)) {
                return true;
            }
        }
        // A virtual thread between two carriers shows no stack.
        return stack.length == 0 && thread.isAlive();
    }
}

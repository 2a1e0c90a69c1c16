// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one destination, which are of equal worth: which of them answer, and which one is next. Owned by the
 * worker; {@link #text} may be called by any thread. Their number is fixed.
 */
final class Endpoints {

    private static final int TIMEOUTS_TO_ABANDON = 2;

    private final Endpoint[] all;
    private final SplittableRandom random;
    private int next;

    Endpoints(List<String> addresses, SplittableRandom random) {
        this.random = random;
        this.all = new Endpoint[addresses.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Endpoint(addresses.get(i));
        }
    }

    /** Picks the next address that answers; when none does, the one whose turn it is. */
    int pick(long now) {
        int turn = -1;
        for (int i = 0; i < all.length; i++) {
            int candidate = (next + i) % all.length;
            Endpoint endpoint = all[candidate];
            if (endpoint.address == null) {
                continue;
            }
            if (!endpoint.isDown(now)) {
                turn = candidate;
                break;
            }
            if (turn < 0) {
                turn = candidate;
            }
        }
        int picked = Math.max(0, turn);
        next = (picked + 1) % all.length;
        return picked;
    }

    /** From now on the address at {@code index} is this one; null when there is none. */
    void readdress(int index, @Nullable String address) {
        Endpoint endpoint = all[index];
        if (!Objects.equals(endpoint.address, address)) {
            endpoint.up();
            endpoint.address = address;
        }
    }

    void up(int index) {
        all[index].up();
    }

    void down(int index, long now) {
        all[index].down(now, random);
    }

    /**
     * An attempt had no answer within its timeout.
     *
     * @return whether the connection should be closed, too
     */
    boolean timedOut(int index) {
        return ++all[index].timeoutsInRow >= TIMEOUTS_TO_ABANDON;
    }

    boolean isAnyUp(long now) {
        for (Endpoint endpoint : all) {
            if (endpoint.address != null && !endpoint.isDown(now)) {
                return true;
            }
        }
        return false;
    }

    /** The address at {@code index}, for messages. */
    @Nullable
    String address(int index) {
        return all[index].address;
    }

    /** All addresses, for messages. Any thread. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (Endpoint endpoint : all) {
            String address = endpoint.address;
            if (address != null) {
                text.append(text.isEmpty() ? "" : ", ").append(address);
            }
        }
        return text.toString();
    }

    private static final class Endpoint {

        /** For messages; null while there is nothing here. */
        volatile @Nullable String address;

        private long downUntilNanos;
        private boolean down;
        private long pauseNanos;
        int timeoutsInRow;

        Endpoint(@Nullable String address) {
            this.address = address;
        }

        boolean isDown(long now) {
            return down && now - downUntilNanos < 0;
        }

        void up() {
            timeoutsInRow = 0;
            down = false;
            pauseNanos = 0;
        }

        void down(long now, SplittableRandom random) {
            down = true;
            pauseNanos = Backoff.next(random, pauseNanos);
            downUntilNanos = now + pauseNanos;
        }
    }
}

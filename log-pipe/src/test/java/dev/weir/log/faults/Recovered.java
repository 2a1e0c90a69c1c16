// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** The records of victims that a later run gave out. */
final class Recovered {

    private final Map<Integer, BitSet> byThread = new HashMap<>();
    private int own;
    private int twice;

    void take(byte[] request) {
        own += Victim.forEach(request, this::take);
    }

    private void take(long id) {
        BitSet of = byThread.computeIfAbsent(Notes.threadOf(id), thread -> new BitSet());
        if (of.get(Notes.numberOf(id))) {
            twice++;
        }
        of.set(Notes.numberOf(id));
    }

    boolean has(long id) {
        BitSet of = byThread.get(Notes.threadOf(id));
        return of != null && of.get(Notes.numberOf(id));
    }

    /** Different ones, and those of the pipe itself. */
    int records() {
        return own + byThread.values().stream().mapToInt(BitSet::cardinality).sum();
    }

    /** How many came that had come before. */
    int twice() {
        return twice;
    }
}

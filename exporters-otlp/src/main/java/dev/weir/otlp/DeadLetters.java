// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;
import dev.weir.core.Ticker;
import dev.weir.otlp.internal.transport.SendResult;
import java.util.ArrayDeque;
import java.util.List;

/** Remembers the newest {@value #MAX} refusals. Thread-safe. */
final class DeadLetters {

    static final int MAX = 256;

    private final Ticker ticker;
    private final ArrayDeque<DeadLetter> letters = new ArrayDeque<>();

    DeadLetters(Ticker ticker) {
        this.ticker = ticker;
    }

    void add(Signal signal, long records, int bytes, SendResult result) {
        DeadLetter letter =
                new DeadLetter(signal, records, bytes, ticker.epochNanos(), result.status(), result.message());
        synchronized (letters) {
            if (letters.size() == MAX) {
                letters.poll();
            }
            letters.add(letter);
        }
    }

    List<DeadLetter> list() {
        synchronized (letters) {
            return List.copyOf(letters);
        }
    }
}

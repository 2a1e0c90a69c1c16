// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Signal;
import dev.weir.core.Ticker;
import dev.weir.otlp.internal.transport.SendResult;
import java.util.ArrayDeque;
import java.util.List;

/** Remembers the newest {@value #MAX} rejections. Thread-safe. */
public final class DeadLetters {

    static final int MAX = 256;

    private final Ticker ticker;
    private final ArrayDeque<Refusal> letters = new ArrayDeque<>();

    /** Records that a receiver rejected. */
    public record Refusal(Signal signal, long records, int bytes, long epochNanos, int status, String reason) {}

    public DeadLetters(Ticker ticker) {
        this.ticker = ticker;
    }

    void add(Signal signal, long records, int bytes, SendResult result) {
        Refusal refusal = new Refusal(signal, records, bytes, ticker.epochNanos(), result.status(), result.message());
        synchronized (letters) {
            if (letters.size() == MAX) {
                letters.poll();
            }
            letters.add(refusal);
        }
    }

    public List<Refusal> list() {
        synchronized (letters) {
            return List.copyOf(letters);
        }
    }
}

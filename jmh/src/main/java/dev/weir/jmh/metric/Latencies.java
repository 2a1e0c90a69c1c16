// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.metric;

import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Latencies as a web service has them: lognormal around 2 ms, drawn beforehand. */
@State(Scope.Thread)
public class Latencies {

    private static final int SIZE = 1 << 12;

    private final long[] values = new long[SIZE];
    private int next;

    public Latencies() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < SIZE; i++) {
            double gaussian =
                    Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
            values[i] = (long) (2e6 * Math.exp(0.7 * gaussian));
        }
    }

    long next() {
        return values[next++ & (SIZE - 1)];
    }

    int index() {
        return next;
    }
}

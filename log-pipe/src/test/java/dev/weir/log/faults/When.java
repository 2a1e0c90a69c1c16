// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import java.util.Random;

/** From which moment of its life on a {@link Victim} can be killed. */
enum When {
    /** The wanted store is in use and has a record. */
    OPEN(1_500),

    /** It logs, and Chronicle Queue is being made ready. */
    OPENING(1_500),

    /** Its main method was called: next it builds the pipe, opens the stores and takes what earlier runs left. */
    STARTING(2_000);

    private final int latestMillis;

    When(int latestMillis) {
        this.latestMillis = latestMillis;
    }

    /** How long behind that moment: any time, early ones more often. */
    int delayMillis(Random random) {
        return random.nextInt(1 + random.nextInt(latestMillis));
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** How long these tests wait for what must come: as long as a machine with too much to do may need. */
public final class Patience {

    public static final Duration LIMIT = Duration.ofSeconds(60);

    private Patience() {}

    public static ConditionFactory await() {
        return Awaitility.await().atMost(LIMIT);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/**
 * A producer may die between any two byte codes on the way of its record, and once more while it is being cleared away.
 */
class ProducerDeathTest {

    private static final String ROOM = "dev.weir.log.";

    private static final Set<String> WOVEN = Set.of(
            ROOM + "LogPipe",
            ROOM + "internal.pipe.RingInput",
            ROOM + "PendingRecord",
            ROOM + "EncodingRecord",
            ROOM + "RefusingRecord",
            ROOM + "RingRecord",
            ROOM + "PendingRecords",
            ROOM + "internal.pipe.WallClock",
            ROOM + "internal.pipe.DropCounts",
            ROOM + "internal.ring.Ring",
            ROOM + "internal.ring.Producer",
            ROOM + "internal.ring.Producers",
            ROOM + "internal.ring.Scopes",
            ROOM + "internal.wire.RecordEncoder",
            ROOM + "internal.wire.AsciiCopier",
            ROOM + "internal.wire.Utf8",
            "dev.weir.core.internal.CurrentSpan",
            "dev.weir.core.TelemetryLoop");

    private static final int STEP = Integer.getInteger("weir.death.step", 7);

    @Test
    void offer_dyingAnywhere() throws Exception {
        call(1, 0);
    }

    @Test
    void offer_dyingAnywhere_andOnceMoreWhileThatIsClearedAway() throws Exception {
        call(STEP, 1, 2, 3, 5, 8, 13, 21, 34);
    }

    private static void call(int step, int... seconds) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        WovenLoader loader = new WovenLoader(WOVEN);
        try {
            Thread.currentThread().setContextClassLoader(loader);
            Callable<?> producer = (Callable<?>) loader.loadClass(DyingProducer.class.getName())
                    .getConstructor(int.class, int[].class)
                    .newInstance(step, seconds);
            System.out.println("a producer's deaths, the second " + Arrays.toString(seconds) + " calls behind: "
                    + producer.call());
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}

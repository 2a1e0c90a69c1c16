// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import dev.weir.core.internal.ThrottledLog;
import java.util.concurrent.atomic.LongAdder;

/**
 * Where the telemetry of others (spans, processors, samplers, storages) throws: counted, named in one throttled line, and the
 * pipeline goes on as it would without it. Thread-safe, never throws.
 */
public final class Failures {

    private static final LongAdder COUNT = new LongAdder();

    private Failures() {}

    /** Counts {@code failure}. */
    public static void add(Throwable failure) {
        COUNT.increment();
        try {
            Log.INSTANCE.warn("telemetry failed and was left out, the application goes on", failure);
        } catch (Throwable ignored) {
            // Counted is all that is left, for example without stack or memory.
        }
    }

    /** Runs {@code telemetry}; what it throws is counted. */
    public static void guarded(Runnable telemetry) {
        try {
            telemetry.run();
        } catch (Throwable failure) {
            add(failure);
        }
    }

    /** How often since the process began. */
    public static long count() {
        return COUNT.sum();
    }

    /** Made when it is first needed: a logging framework may be what asks for the current trace. */
    private static final class Log {

        static final ThrottledLog INSTANCE = ThrottledLog.of("weir.context", System::nanoTime);
    }
}

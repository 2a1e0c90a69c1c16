// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.io.IOException;
import one.profiler.AsyncProfilerLoader;

/** The async-profiler of the measured process, where it is on the class path and supports the machine. */
final class ServerProfiler {

    /** CPU time between two samples of a thread; the kernel may take more. */
    private static final int INTERVAL_MICROS = 200;

    private ServerProfiler() {}

    /** Null, or why it does not run. */
    static String start() {
        try {
            AsyncProfilerLoader.load().execute("start,event=ctimer,interval=" + INTERVAL_MICROS + "us,threads");
            return null;
        } catch (IOException | IllegalStateException | LinkageError e) {
            return e.toString();
        }
    }

    /** Stacks from the thread to the leaf, each with its number of samples. */
    static String stop() {
        try {
            return AsyncProfilerLoader.load().execute("stop,collapsed,threads");
        } catch (IOException | IllegalStateException e) {
            return e.toString();
        }
    }
}

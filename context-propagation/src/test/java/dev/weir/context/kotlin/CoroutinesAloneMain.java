// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import dev.weir.context.Traces;
import java.util.List;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineName;

/** Run in a class loader that has the coroutines and not their module for Reactor. */
public final class CoroutinesAloneMain {

    private CoroutinesAloneMain() {}

    /** The trace inside a coroutine with an element, and the one that the thread has afterwards. */
    public static List<Long> run() throws InterruptedException {
        long inside = BuildersKt.runBlocking(
                new CoroutineName("alone").plus(TraceElement.of(Traces.trace(2))), (scope, last) -> Traces.current());
        return List.of(inside, Traces.current());
    }
}

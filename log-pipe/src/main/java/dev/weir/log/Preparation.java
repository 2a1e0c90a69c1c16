// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.TelemetryThreads;
import org.jspecify.annotations.Nullable;

/** Takes what the first use of Chronicle Queue costs, on a thread of its own that ends with it. */
final class Preparation {

    private final StoreOpener opener;
    private volatile boolean over;
    private volatile @Nullable String problem;
    private @Nullable Runnable last;

    private Preparation(StoreOpener opener) {
        this.opener = opener;
    }

    static Preparation begin(StoreOpener opener) {
        Preparation preparation = new Preparation(opener);
        if (!TelemetryThreads.runOnce("weir-chronicle-start", preparation::run)) {
            preparation.problem = "there is no thread to start it";
            preparation.end();
        }
        return preparation;
    }

    private void run() {
        try {
            opener.prepareChronicle();
        } catch (Throwable e) {
            problem = e.toString();
        } finally {
            end();
        }
    }

    private synchronized void end() {
        over = true;
        Runnable task = last;
        if (task != null) {
            task.run();
        }
    }

    /** Runs {@code task} once it is over: now, or on its thread. */
    synchronized void whenOver(Runnable task) {
        if (over) {
            task.run();
        } else {
            last = task;
        }
    }

    boolean isOver() {
        return over;
    }

    /** Why Chronicle does not work here; null when it does. To be asked once it is over. */
    @Nullable
    String problem() {
        return problem;
    }
}

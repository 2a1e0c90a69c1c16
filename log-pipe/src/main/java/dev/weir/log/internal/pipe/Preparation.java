// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.internal.Daemons;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Takes what the first use of Chronicle Queue costs, on a thread of its own that ends with it. */
public final class Preparation {

    /** What is to be done once. */
    public interface Task {
        void run() throws IOException;
    }

    private final Task first;
    private volatile boolean over;
    private volatile @Nullable String problem;
    private @Nullable Runnable last;

    private Preparation(Task first) {
        this.first = first;
    }

    public static Preparation begin(Task first) {
        Preparation preparation = new Preparation(first);
        if (!Daemons.runOnce("weir-chronicle-start", preparation::run)) {
            preparation.problem = "there is no thread to start it";
            preparation.end();
        }
        return preparation;
    }

    private void run() {
        try {
            first.run();
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
    public synchronized void whenOver(Runnable task) {
        if (over) {
            task.run();
        } else {
            last = task;
        }
    }

    public boolean isOver() {
        return over;
    }

    /** Why Chronicle does not work here; null when it does. To be asked once it is over. */
    @Nullable
    public String problem() {
        return problem;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal.logback;

import ch.qos.logback.classic.LoggerContext;
import dev.weir.core.Registration;
import org.jspecify.annotations.Nullable;

/** One use of an overlay, from when its turn comes until it is closed. Thread-safe. */
final class MdcUse implements Registration, Runnable {

    private final LoggerContext context;
    private final MdcFields fields;
    private boolean closed;
    private @Nullable Runnable end;

    MdcUse(LoggerContext context, MdcFields fields) {
        this.context = context;
        this.fields = fields;
    }

    @Override
    public synchronized void run() {
        if (!closed) {
            end = MdcOverlay.use(context, fields, this);
        }
    }

    @Override
    public void close() {
        Runnable ended;
        synchronized (this) {
            closed = true;
            ended = end;
            end = null;
        }
        if (ended != null) {
            ended.run();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.TelemetryLoop;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Flushes all pipelines of an export. Thread-safe; the flush itself runs on the worker. */
public final class ExportFlush {

    private final Collection<SignalPipeline> pipelines;
    private final TelemetryLoop worker;

    public ExportFlush(Collection<SignalPipeline> pipelines, TelemetryLoop worker) {
        this.pipelines = pipelines;
        this.worker = worker;
    }

    /**
     * Begins one flush.
     *
     * @param whenDone gets on the worker whether all was flushed in time; may get false after true
     * @return false when the worker has ended: {@code whenDone} is not called
     */
    public boolean begin(Duration atMost, Consumer<Boolean> whenDone) {
        return worker.submit(() -> run(atMost, whenDone));
    }

    private void run(Duration atMost, Consumer<Boolean> whenDone) {
        AtomicInteger left = new AtomicInteger(pipelines.size());
        Runnable one = () -> {
            if (left.decrementAndGet() == 0) {
                whenDone.accept(true);
            }
        };
        for (SignalPipeline pipeline : pipelines) {
            pipeline.flush(one);
        }
        if (left.get() > 0) {
            worker.schedule(atMost, () -> {
                for (SignalPipeline pipeline : pipelines) {
                    pipeline.forgetFlush(one);
                }
                whenDone.accept(false);
            });
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Duty;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import java.util.Collection;

/** The rounds of all pipelines of one export. Owned by the worker. */
final class Pipelines implements Duty {

    private final SignalPipeline[] pipelines;

    Pipelines(Collection<SignalPipeline> pipelines) {
        this.pipelines = pipelines.toArray(SignalPipeline[]::new);
    }

    @Override
    public int doWork() {
        int work = 0;
        for (SignalPipeline pipeline : pipelines) {
            work += pipeline.doWork();
        }
        return work;
    }

    /** Each pipeline is asked: the question lets producers wake the worker. */
    @Override
    public long restNanos(long idleNanos) {
        long rest = Long.MAX_VALUE;
        for (SignalPipeline pipeline : pipelines) {
            rest = Math.min(rest, pipeline.restNanos(idleNanos));
        }
        return rest;
    }
}

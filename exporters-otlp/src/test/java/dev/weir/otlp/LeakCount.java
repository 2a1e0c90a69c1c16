// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Netty's leak detector, remembering what it found. Named to Netty by a system property, so it is there from the start. */
public final class LeakCount<T> extends ResourceLeakDetector<T> {

    static final List<String> FOUND = new CopyOnWriteArrayList<>();

    /** Netty calls this. */
    public LeakCount(Class<?> type, int samplingInterval) {
        super(type, samplingInterval);
    }

    /** Netty calls this where it still has the third argument. */
    @SuppressWarnings("deprecation")
    public LeakCount(Class<?> type, int samplingInterval, long maxActive) {
        super(type, samplingInterval, maxActive);
    }

    @Override
    protected void reportTracedLeak(String type, String records) {
        FOUND.add(type + records);
        super.reportTracedLeak(type, records);
    }

    @Override
    protected void reportUntracedLeak(String type) {
        FOUND.add(type);
        super.reportUntracedLeak(type);
    }
}

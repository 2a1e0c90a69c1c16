// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import java.util.Locale;

/** How a destination is for one signal. */
public enum DestinationState {
    /** It answers. */
    UP,
    /** Requests pause after a failure. */
    BACKOFF,
    /** Requests pause because the receiver asked for a pause. */
    THROTTLED,
    /** It has not answered for a while. */
    DOWN;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name on status pages and in metrics. */
    public String label() {
        return label;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Registration;
import reactor.core.Disposable;

/** One request under way. Owned by the worker. */
final class Attempt {

    final Batch batch;
    final int endpoint;
    final long startNanos;
    Registration timer = Registration.NONE;
    Disposable exchange = () -> {};
    boolean done;

    Attempt(Batch batch, int endpoint, long startNanos) {
        this.batch = batch;
        this.endpoint = endpoint;
        this.startNanos = startNanos;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.otlp.internal.transport.SendResult;

/** Is called for each batch whose export has ended, retries included. Called by the worker; must not block or throw. */
@FunctionalInterface
public interface OperationListener {

    /**
     * @param result of the last attempt
     * @param nanos from the start of the first attempt to the end of the last
     */
    void ended(SendResult result, long nanos);
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.otlp.internal.transport.SendResult;

/** Hears of each batch whose export is over, retries included. Called by the worker; must not block or throw. */
@FunctionalInterface
interface OperationListener {

    /**
     * @param result what the last attempt came to
     * @param nanos from the start of the first attempt to the end of the last
     */
    void ended(Lane lane, SendResult result, long nanos);
}

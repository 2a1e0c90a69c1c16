// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import reactor.core.Disposable;

/** Sends one batch to one receiver, once. Implementations are thread-safe and keep no queue. */
public interface Transport {

    /**
     * Sends {@code payload}.
     *
     * @param payload the request body, already compressed if {@code compressed}; released by the callee
     * @param sequence the batch's number, sent as a header
     * @param timeoutNanos how long the caller waits, 0 for no limit; sent to receivers that can use it
     * @param whenDone is called at most once, on any thread; never after the returned disposable was disposed by the
     *     same thread; not at all when disposed in time
     * @return cancels the attempt
     */
    Disposable send(
            ByteBuf payload, boolean compressed, long sequence, long timeoutNanos, Consumer<SendResult> whenDone);

    /**
     * Closes the connection in use, which took requests and answered none. A transport whose attempts close their
     * connection when they are cancelled has nothing to do.
     */
    default void abandonConnection() {}
}

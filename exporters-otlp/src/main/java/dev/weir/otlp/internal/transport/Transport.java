// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.Signal;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import reactor.core.Disposable;

/**
 * Hands one batch to one receiver, once. Implementations are thread-safe and keep no queue.
 */
public interface Transport {

    /**
     * Sends {@code payload}.
     *
     * @param payload what goes on the wire, already compressed if {@code compressed}; released by the callee
     * @param sequence the batch's number, told to the receiver
     * @param timeoutNanos how long the caller waits, 0 for ever; told to receivers that can use it
     * @param whenDone is called at most once, on any thread; never after the returned disposable was disposed by the same
     *     thread; not at all when disposed in time
     * @return gives the attempt up
     */
    Disposable send(
            Signal signal,
            ByteBuf payload,
            boolean compressed,
            long sequence,
            long timeoutNanos,
            Consumer<SendResult> whenDone);

    /**
     * Gives up the connection in use: it took requests and answered none. A transport whose attempts close their connection
     * when they are given up has nothing to do.
     */
    default void abandonConnection() {}
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/**
 * Holds the one reference to a payload until Netty takes it or the attempt ends, whichever is first: it is released
 * exactly once whatever happens. Thread-safe.
 */
final class Outbound {

    private final ByteBuf payload;
    private final AtomicBoolean gone = new AtomicBoolean();

    Outbound(ByteBuf payload) {
        this.payload = payload;
    }

    /** The payload for Netty, which releases it. */
    Mono<ByteBuf> publish() {
        return Mono.fromSupplier(() -> gone.compareAndSet(false, true) ? payload : Unpooled.EMPTY_BUFFER);
    }

    /** The attempt ended: releases the payload if Netty did not take it. */
    void end() {
        if (gone.compareAndSet(false, true)) {
            payload.release();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.names;

import java.net.InetAddress;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Finds all addresses of a name. Must not block. */
public interface NameResolver extends AutoCloseable {

    /** @param whenDone gets the addresses, or why there are none; on any thread */
    void resolve(String host, BiConsumer<@Nullable List<InetAddress>, @Nullable Throwable> whenDone);

    @Override
    default void close() {}
}

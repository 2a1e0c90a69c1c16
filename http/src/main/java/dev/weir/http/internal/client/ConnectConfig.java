// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;
import reactor.core.Fuseable;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;

/**
 * The configuration of a call, from the publisher that Reactor Netty makes of it. Its public hooks give it too, but each of them costs
 * every call an operator; they are used only where the publisher cannot be read. Stateless.
 */
final class ConnectConfig {

    private static final String CONNECT = "reactor.netty.http.client.HttpClientConnect$MonoHttpConnect";

    /** How many operators may be around the publisher. */
    private static final int MAX_DEPTH = 32;

    private static final @Nullable Class<?> TYPE = type();

    /** {@code (Object) → HttpClientConfig}. */
    private static final @Nullable MethodHandle CONFIG = config();

    private ConnectConfig() {}

    /** Whether the publisher can be read. */
    static boolean isAvailable() {
        return CONFIG != null;
    }

    /** The configuration of the call that {@code connect} makes; null when it cannot be found. */
    static @Nullable HttpClientConfig of(Mono<?> connect) {
        Object at = connect;
        for (int depth = 0; at != null && depth < MAX_DEPTH; depth++) {
            if (at.getClass() == TYPE) {
                return read(at);
            }
            if (at instanceof Fuseable.ScalarCallable<?> constant) {
                // What the application derives another configuration from.
                return valueOf(constant) instanceof HttpClientConfig config ? config : null;
            }
            at = at instanceof Scannable operator ? operator.scanUnsafe(Scannable.Attr.PARENT) : null;
        }
        return null;
    }

    private static @Nullable HttpClientConfig read(Object connect) {
        MethodHandle config = CONFIG;
        try {
            return config == null ? null : (HttpClientConfig) config.invokeExact(connect);
        } catch (Throwable e) {
            return null;
        }
    }

    private static @Nullable Object valueOf(Fuseable.ScalarCallable<?> constant) {
        try {
            return constant.call();
        } catch (Exception e) {
            return null;
        }
    }

    private static @Nullable Class<?> type() {
        try {
            return Class.forName(CONNECT, false, HttpClient.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }

    private static @Nullable MethodHandle config() {
        try {
            return TYPE == null
                    ? null
                    : MethodHandles.privateLookupIn(TYPE, MethodHandles.lookup())
                            .findGetter(TYPE, "config", HttpClientConfig.class)
                            .asType(MethodType.methodType(HttpClientConfig.class, Object.class));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }
}

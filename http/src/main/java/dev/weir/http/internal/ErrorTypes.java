// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import reactor.core.Exceptions;

/** {@code error.type} values: few, and the same for the same cause. */
public final class ErrorTypes {

    /** The peer or this process closed the connection before the exchange was over. */
    public static final String CLOSED = "java.nio.channels.ClosedChannelException";

    private static final int FIRST = 400;
    private static final String[] STATUSES = new String[200];

    static {
        for (int i = 0; i < STATUSES.length; i++) {
            STATUSES[i] = Integer.toString(FIRST + i);
        }
    }

    private ErrorTypes() {}

    /** A status code as text. */
    public static String of(int status) {
        return status >= FIRST && status < FIRST + STATUSES.length
                ? STATUSES[status - FIRST]
                : Integer.toString(status);
    }

    /** The class of the failure, without Reactor's wrappers and Netty's stackless variants. */
    public static String of(Throwable failure) {
        Throwable cause = unwrap(failure);
        String name = cause.getClass().getName();
        return name.equals("io.netty.channel.StacklessClosedChannelException") ? CLOSED : name;
    }

    /** The failure inside Reactor's wrapper. */
    public static Throwable unwrap(Throwable failure) {
        Throwable cause = Exceptions.unwrap(failure);
        return cause == null ? failure : cause;
    }
}

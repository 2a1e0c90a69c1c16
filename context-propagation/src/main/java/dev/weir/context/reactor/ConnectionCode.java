// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import java.util.List;

/**
 * Knows the code that lives as long as a connection or a pool. What it schedules or subscribes belongs to no request, even
 * though a request may have caused it: the first request's trace would be kept for ever.
 */
final class ConnectionCode extends ClassValue<Boolean> {

    private static final List<String> PACKAGES = List.of("reactor.pool.", "reactor.netty.");
    private static final ConnectionCode CLASSES = new ConnectionCode();

    private ConnectionCode() {}

    static boolean isConnectionCode(Object object) {
        return CLASSES.get(object.getClass());
    }

    @Override
    protected Boolean computeValue(Class<?> type) {
        return PACKAGES.stream().anyMatch(type.getName()::startsWith);
    }
}

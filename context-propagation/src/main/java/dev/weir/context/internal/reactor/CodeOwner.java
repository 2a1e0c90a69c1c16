// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

/** Whose code a subscriber or a task is. */
enum CodeOwner {
    /** An operator of reactor-core: it subscribes and signals as its neighbours do. */
    REACTOR,
    /**
     * Code that lives as long as a connection or a pool. What it schedules or subscribes belongs to no request, even though a
     * request may have caused it: the first request's trace would be kept for ever.
     */
    CONNECTION,
    /** Anything else, and a server's operations: they live as long as the one request that they answer. */
    APPLICATION;

    private static final String REQUEST = "reactor.netty.http.server.HttpServerRequest";

    private static final CodeOwner[] ALL = values();

    /** By ordinal: a class of Reactor must not lead to one of ours. */
    private static final ClassValue<Integer> CLASSES = new ClassValue<>() {
        @Override
        protected Integer computeValue(Class<?> type) {
            return compute(type).ordinal();
        }
    };

    static CodeOwner of(Object object) {
        return ALL[CLASSES.get(object.getClass())];
    }

    private static CodeOwner compute(Class<?> type) {
        String name = type.getName();
        if (name.startsWith("reactor.core.")) {
            return REACTOR;
        }
        boolean connection = name.startsWith("reactor.pool.") || name.startsWith("reactor.netty.");
        return connection && !isRequest(type) ? CONNECTION : APPLICATION;
    }

    private static boolean isRequest(Class<?> type) {
        for (Class<?> declaring = type; declaring != null; declaring = declaring.getSuperclass()) {
            for (Class<?> implemented : declaring.getInterfaces()) {
                if (implemented.getName().equals(REQUEST)) {
                    return true;
                }
            }
        }
        return false;
    }
}

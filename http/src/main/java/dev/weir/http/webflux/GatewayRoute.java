// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.webflux;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The route that Spring Cloud Gateway leaves in the attributes of an exchange, read by name because the gateway is no
 * dependency. The pattern of the path comes first, because {@code http.route} is a template of a path. A route without
 * a path pattern has the id of its configuration. Ids that the gateway generates at each start are not used: they would
 * be a new route each time.
 */
final class GatewayRoute {

    private static final String PREFIX = "org.springframework.cloud.gateway.support.ServerWebExchangeUtils.";
    private static final String ROUTE = PREFIX + "gatewayRoute";
    private static final String MATCHED_PATH = PREFIX + "gatewayPredicateMatchedPathAttr";
    private static final int UUID_LENGTH = 36;

    /**
     * Each class is looked up once; empty when it has no such method. The gateway's class must not lead to one of ours.
     */
    private static final ClassValue<Optional<Method>> GETTERS = new ClassValue<>() {
        @Override
        protected Optional<Method> computeValue(Class<?> type) {
            return Optional.ofNullable(find(type));
        }
    };

    private GatewayRoute() {}

    /** Null when no gateway has routed the exchange. */
    static @Nullable String of(Map<String, Object> attributes) {
        Object route = attributes.get(ROUTE);
        if (route == null) {
            return null;
        }
        Object path = attributes.get(MATCHED_PATH);
        if (path instanceof String pattern && !pattern.isEmpty()) {
            return pattern.startsWith("/") ? pattern : '/' + pattern;
        }
        return id(route);
    }

    private static @Nullable String id(Object route) {
        Optional<Method> getter = GETTERS.get(route.getClass());
        if (getter.isEmpty()) {
            return null;
        }
        try {
            return getter.get().invoke(route) instanceof String id && !id.isEmpty() && !isMadeUp(id) ? id : null;
        } catch (ReflectiveOperationException notReadable) {
            return null;
        }
    }

    private static @Nullable Method find(Class<?> type) {
        try {
            Method method = type.getMethod("getId");
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException | RuntimeException notReadable) {
            return null;
        }
    }

    private static boolean isMadeUp(String id) {
        if (id.length() != UUID_LENGTH) {
            return false;
        }
        for (int i = 0; i < UUID_LENGTH; i++) {
            boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash ? id.charAt(i) != '-' : Character.digit(id.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }
}

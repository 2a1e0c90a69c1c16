// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/** The name of the service in a resource. Stateless. */
final class ServiceName {

    static final AttributeKey<String> KEY = AttributeKey.stringKey("service.name");

    /** The name of a service without a name, or the beginning of it. */
    private static final String UNKNOWN = "unknown_service";

    private ServiceName() {}

    static boolean isKnown(Resource resource) {
        return isKnown(resource.getAttribute(KEY));
    }

    static boolean isKnown(@Nullable String name) {
        return name != null && !name.startsWith(UNKNOWN);
    }

    static String of(Resource resource) {
        String name = resource.getAttribute(KEY);
        return name == null ? UNKNOWN + ":java" : name;
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.util.UUID;

/**
 * Tells this process from the other replicas of its service, which would be one writer of metrics otherwise. SDKs before 1.67 do
 * not. Thread-safe.
 */
final class ServiceInstance {

    private static final AttributeKey<String> KEY = AttributeKey.stringKey("service.instance.id");

    /** One for the life of the process, whatever starts and ends in it: random, as the conventions want it. */
    private static final String ID = UUID.randomUUID().toString();

    private ServiceInstance() {}

    /** The resource with an instance in it: its own where it has one. */
    static Resource in(Resource resource) {
        return resource.getAttribute(KEY) == null
                ? resource.toBuilder().put(KEY, ID).build()
                : resource;
    }
}

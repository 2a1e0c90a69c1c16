// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an SDK that stands already does not show through its API: its resource, and whether it was shut down. Where that cannot
 * be read, in a module path that is closed or with an API that no SDK is behind, nothing is known.
 */
final class SdkInside {
    /*
     * Why reflection: a span tells the resource too, but only one that is sampled, and each one that is started goes through the
     * processors of that SDK. Its text form loses the types of the values.
     */

    /** As many wrappings as the API puts around an SDK, and some of the application's own. */
    private static final int MOST_WRAPPINGS = 4;

    private final @Nullable OpenTelemetrySdk sdk;
    private final @Nullable Object tracing;

    private SdkInside(@Nullable OpenTelemetrySdk sdk) {
        this.sdk = sdk;
        this.tracing = sdk == null ? null : state(sdk.getSdkTracerProvider());
    }

    static SdkInside of(OpenTelemetry openTelemetry) {
        return new SdkInside(unwrap(openTelemetry));
    }

    /** What a provider shares with all that it makes; null when it does not show. */
    private static @Nullable Object state(Object provider) {
        try {
            Field shared = provider.getClass().getDeclaredField("sharedState");
            shared.setAccessible(true);
            return shared.get(provider);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    private static @Nullable OpenTelemetrySdk unwrap(OpenTelemetry openTelemetry) {
        @Nullable OpenTelemetry inner = openTelemetry;
        for (int i = 0; i <= MOST_WRAPPINGS && inner != null; i++) {
            if (inner instanceof OpenTelemetrySdk sdk) {
                return sdk;
            }
            inner = wrapped(inner);
        }
        return null;
    }

    private static @Nullable OpenTelemetry wrapped(OpenTelemetry wrapper) {
        try {
            for (Field field : wrapper.getClass().getDeclaredFields()) {
                if (OpenTelemetry.class.isAssignableFrom(field.getType())) {
                    field.setAccessible(true);
                    return (OpenTelemetry) field.get(wrapper);
                }
            }
        } catch (IllegalAccessException | RuntimeException closed) {
            // Then it is not known what it wraps.
        }
        return null;
    }

    boolean isKnown() {
        return tracing != null;
    }

    /** That of the spans, unless only another signal was given the name of a service; null when it is not known. */
    @Nullable
    Resource resource() {
        OpenTelemetrySdk asked = sdk;
        if (asked == null) {
            return null;
        }
        Resource first = null;
        for (Object provider :
                List.of(asked.getSdkTracerProvider(), asked.getSdkMeterProvider(), asked.getSdkLoggerProvider())) {
            if (ask(state(provider), "getResource") instanceof Resource resource) {
                if (ServiceName.isKnown(resource)) {
                    return resource;
                }
                first = first == null ? resource : first;
            }
        }
        return first;
    }

    boolean isShutDown() {
        return Boolean.TRUE.equals(ask(tracing, "hasBeenShutdown"));
    }

    private static @Nullable Object ask(@Nullable Object state, String question) {
        for (Class<?> type = state == null ? null : state.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Method method = type.getDeclaredMethod(question);
                method.setAccessible(true);
                return method.invoke(state);
            } catch (NoSuchMethodException inherited) {
                // The class above may have it.
            } catch (ReflectiveOperationException | RuntimeException e) {
                return null;
            }
        }
        return null;
    }
}

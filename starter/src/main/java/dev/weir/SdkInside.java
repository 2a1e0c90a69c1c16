// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * What an SDK that stands already does not show through its API: its resource, and whether it was shut down. Where that cannot
 * be read, in a module path that is closed or with an API that no SDK is behind, nothing is known.
 */
final class SdkInside {
    /*
     * Why reflection: a span tells the resource too, but only one that is sampled, and each one that is started is seen by the
     * processors of that SDK. Its text form loses the types of the values.
     */

    /** As many wrappings as the API puts around an SDK, and some of the application's own. */
    private static final int MOST_WRAPPINGS = 4;

    private final @Nullable Object state;

    private SdkInside(@Nullable Object state) {
        this.state = state;
    }

    static SdkInside of(OpenTelemetry openTelemetry) {
        OpenTelemetrySdk sdk = unwrap(openTelemetry);
        if (sdk == null) {
            return new SdkInside(null);
        }
        try {
            Object provider = sdk.getSdkTracerProvider();
            Field shared = provider.getClass().getDeclaredField("sharedState");
            shared.setAccessible(true);
            return new SdkInside(shared.get(provider));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return new SdkInside(null);
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
        return state != null;
    }

    /** Null when it is not known. */
    @Nullable Resource resource() {
        return ask("getResource") instanceof Resource resource ? resource : null;
    }

    boolean isShutDown() {
        return Boolean.TRUE.equals(ask("hasBeenShutdown"));
    }

    private @Nullable Object ask(String question) {
        Object asked = state;
        if (asked == null) {
            return null;
        }
        try {
            Method method = asked.getClass().getDeclaredMethod(question);
            method.setAccessible(true);
            return method.invoke(asked);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }
}

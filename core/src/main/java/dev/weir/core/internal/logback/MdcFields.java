// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal.logback;

import dev.weir.core.internal.CurrentSpan;
import dev.weir.core.internal.IdFields;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fields that an {@link MdcOverlay} shows. Thread-safe, never throws. */
public interface MdcFields {

    /** The ids of the current span. */
    MdcFields IDS = new MdcFields() {
        @Override
        public Map<String, String> over(Map<String, String> application) {
            CurrentSpan span = current();
            if (span == null) {
                return application;
            }
            Map<String, String> all = new HashMap<>(application);
            IdFields.put(span, all);
            return all;
        }

        @Override
        public @Nullable String get(String key) {
            CurrentSpan span = IdFields.isId(key) ? current() : null;
            return span == null ? null : IdFields.get(span, key);
        }

        /** The application's log call must not meet what a span of another library throws. */
        private @Nullable CurrentSpan current() {
            try {
                CurrentSpan span = CurrentSpan.get();
                return span.isValid() ? span : null;
            } catch (Throwable foreign) {
                return null;
            }
        }
    };

    /** {@code application}, its MDC, with the fields over it; {@code application} itself when there are none. */
    Map<String, String> over(Map<String, String> application);

    /** One field; null when there is none. */
    @Nullable
    String get(String key);
}

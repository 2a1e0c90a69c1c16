// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.log4j;

import dev.weir.context.log.LogFields;
import java.util.Map;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.util.ContextDataProvider;
import org.jspecify.annotations.Nullable;

/**
 * Gives each event of Log4j the fields of the current trace, on the thread that logs. A {@code trace_id} that the application put
 * into the {@code ThreadContext} wins over that of the span. Found by Log4j. Stateless and thread-safe.
 *
 * @since 0.1
 */
public final class Log4jTraceFields implements ContextDataProvider {

    @Override
    public Map<String, String> supplyContextData() {
        Map<String, String> own = ThreadContext.isEmpty() ? Map.of() : ThreadContext.getImmutableContext();
        Map<String, String> all = LogFields.over(own);
        return all == own ? Map.of() : all;
    }

    @Override
    public @Nullable Object getValue(String key) {
        return supplyContextData().get(key);
    }
}

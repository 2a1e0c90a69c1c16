// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.log4j;

import dev.weir.context.log.LogFields;
import java.util.Map;
import org.apache.logging.log4j.core.util.ContextDataProvider;
import org.jspecify.annotations.Nullable;

/** Gives each event of Log4j the fields of the current trace, on the thread that logs. Stateless and thread-safe. */
public final class Log4jTraceFields implements ContextDataProvider {

    @Override
    public Map<String, String> supplyContextData() {
        return LogFields.current();
    }

    @Override
    public @Nullable Object getValue(String key) {
        return LogFields.get(key);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal.logback;

import dev.weir.core.internal.IdFields;
import dev.weir.core.internal.LineFields;
import java.util.Map;

/** Fields that an {@link MdcOverlay} shows. Thread-safe, never throws. */
@FunctionalInterface
public interface MdcFields {

    /** The ids of the current span. */
    MdcFields IDS = application -> LineFields.of(Map.of(), application, IdFields.current());

    /** {@code application}, its MDC, together with the fields; {@code application} itself when there are none. */
    Map<String, String> with(Map<String, String> application);
}

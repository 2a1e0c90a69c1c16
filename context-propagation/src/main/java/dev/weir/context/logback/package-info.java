// SPDX-License-Identifier: Apache-2.0
/** The fields of the trace in the lines of Logback. Start at {@link dev.weir.context.logback.LogbackTraceFields}. */
@NullMarked
package dev.weir.context.logback;

import org.jspecify.annotations.NullMarked;

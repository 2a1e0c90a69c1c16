// SPDX-License-Identifier: Apache-2.0
/** The trace in Kotlin coroutines. Start at {@link dev.weir.context.kotlin.TraceElement}. */
@NullMarked
package dev.weir.context.kotlin;

import org.jspecify.annotations.NullMarked;

// SPDX-License-Identifier: Apache-2.0
/**
 * What a log line should say of the trace it belongs to, read from the slot when the line is made and not before: no hop
 * and no signal copies anything. Start at {@link dev.weir.context.log.LogFields}.
 */
@NullMarked
package dev.weir.context.log;

import org.jspecify.annotations.NullMarked;

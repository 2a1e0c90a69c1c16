// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Ticker;

/**
 * What a pipe is put together from.
 *
 * @param leftovers of other instances
 * @param fsyncNanos the interval of the group commit; 0 for none
 */
record PipeParts(Ticker ticker, StoreOpener opener, Rings rings, Leftovers leftovers, long fsyncNanos) {}

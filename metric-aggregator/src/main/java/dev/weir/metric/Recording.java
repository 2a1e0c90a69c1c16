// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Ticker;

/**
 * What all histograms of one {@link LatencyMetrics} record with. Immutable; its parts are thread-safe.
 *
 * @param layout the slots of a histogram
 * @param clock the intervals of the window
 * @param busyRecords from this number of records in one interval on, a series has cells for each event loop
 * @param outOfRange counts what does not fit the layout
 */
record Recording(HdrLayout layout, IntervalClock clock, Ticker ticker, long busyRecords, OutOfRange outOfRange) {}

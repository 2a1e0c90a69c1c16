// SPDX-License-Identifier: Apache-2.0
/**
 * What every module of Weir stands on: settings, time, the two threads, the ledger that accounts for every record, health,
 * and the small interfaces through which modules meet that must not know each other.
 *
 * <p>Start at {@link dev.weir.core.Ledger} and {@link dev.weir.core.TelemetryThreads}. Nothing here blocks a request
 * thread or throws into it.
 */
@NullMarked
package dev.weir.core;

import org.jspecify.annotations.NullMarked;

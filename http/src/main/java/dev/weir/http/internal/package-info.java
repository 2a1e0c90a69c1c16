// SPDX-License-Identifier: Apache-2.0
/**
 * Shared by servers and clients: the policy, attribute names, redaction, the exchange and its end. Internal: only
 * {@code dev.weir.http} and its sub-packages use it, and it may change at any time.
 */
@NullMarked
package dev.weir.http.internal;

import org.jspecify.annotations.NullMarked;

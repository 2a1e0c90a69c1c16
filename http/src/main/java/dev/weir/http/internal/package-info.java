// SPDX-License-Identifier: Apache-2.0
/**
 * What servers and clients share: settings made final, attribute names, redaction, the exchange and its end. Internal: only
 * {@code dev.weir.http} and its sub-packages use it, and it may change at any time.
 */
@NullMarked
package dev.weir.http.internal;

import org.jspecify.annotations.NullMarked;

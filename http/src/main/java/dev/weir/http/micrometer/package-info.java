// SPDX-License-Identifier: Apache-2.0
/**
 * For applications with Micrometer's Observation: keeps Spring's observations of HTTP from making a second span. Start
 * at {@link dev.weir.http.micrometer.HttpObservations#predicate}.
 *
 * <p>Micrometer is an optional dependency; nothing outside this package needs it.
 */
@NullMarked
package dev.weir.http.micrometer;

import org.jspecify.annotations.NullMarked;
